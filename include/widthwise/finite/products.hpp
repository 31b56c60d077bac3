// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "widthwise/finite/run.hpp"

namespace widthwise {

/// What reverse mode finds in one network, averaged over the outputs that the run looks at.
template <class Scalar>
struct GradientProducts {
  /// Σ_μ (∂z_r/∂θ_μ)(∂z_r'/∂θ_μ) of each group for the output rows r, r' after pooling, no learning rate in
  /// it.
  std::vector<Matrix<Scalar>> groups;
  /// Σ over channels of ∂z/∂z⁽ᵇ⁾ ∂z/∂z⁽ᵇ⁾ for every block but the head, N×N, averaged over output rows.
  std::vector<Matrix<Scalar>> backward;
};

namespace detail {

/// Takes products of gradients without forming any: with the gradient δᵀ x of a weight,
/// ⟨δᵀ x, δ'ᵀ x'⟩ = Σ (δ δ'ᵀ) ∘ (x x'ᵀ). What a tied head adds to the embedding's gradient stands beside it,
/// for outputs that the input does not hold share no column with it; what the two stems of an encoder–decoder
/// add does share columns.
///
/// Cotangents stand below each other by output and then by row within a sample: no two output rows of a
/// sample are in the same one, and samples do not mix. `output_rows` are those after pooling.
template <class Scalar>
struct ProductSink {
  Index outputs;
  TokenLayout output_rows;
  std::optional<std::size_t> shared = {};  // the weight that two stems look up
  GradientProducts<Scalar> products = {};

  ProductSink(Index outputs_looked_at, TokenLayout rows)
      : outputs(outputs_looked_at), output_rows(std::move(rows)) {}

  template <class Input>
  void operator()(std::size_t weight, const Matrix<Scalar>& delta, const Input& x,
                  const TokenLayout& layout) {
    Matrix<Scalar>& product = products.groups[weight];
    product += pair_products(delta, x, layout, delta, x, layout);
    if constexpr (std::is_same_v<Input, OneHot>) {
      if (weight != shared) return;
      if (looked_up_) {
        const Matrix<Scalar> cross =
            pair_products(looked_up_->delta, looked_up_->x, looked_up_->layout, delta, x, layout);
        product += cross + cross.transpose();
      }
      looked_up_ = LookedUp{delta, x, layout};
    }
  }
  template <class Input>
  void transposed(std::size_t weight, const Matrix<Scalar>& delta, const Input& x,
                  const TokenLayout& layout) {
    products.groups[weight] += pair_products(delta, x, layout, delta, x, layout);
  }

  void signal(std::size_t block, const Matrix<Scalar>& delta, const TokenLayout& layout) {
    Matrix<Scalar>& backward = products.backward[block];
    backward.setZero(layout.rows(), layout.rows());
    const auto count = static_cast<Scalar>(outputs * output_rows.rows());
    for (Index from = 0; from < delta.rows(); from += layout.rows())
      for (Index a = 0; a < layout.samples; ++a) {
        const Index row = layout.first_row(a), tokens = layout.length(a);
        const auto part = delta.middleRows(from + row, tokens);
        backward.block(row, row, tokens, tokens).noalias() += part * part.transpose() / count;
      }
  }

 private:
  struct LookedUp {
    Matrix<Scalar> delta;
    OneHot x;
    TokenLayout layout;
  };

  // Σ (δ δ'ᵀ) ∘ (x x'ᵀ) for every two output rows, as a mean over outputs.
  template <class Input>
  Matrix<Scalar> pair_products(const Matrix<Scalar>& delta, const Input& x, const TokenLayout& layout,
                               const Matrix<Scalar>& other_delta, const Input& other_x,
                               const TokenLayout& other_layout) const {
    const Index places = output_rows.tokens, each = places * layout.rows(),
                other_each = places * other_layout.rows();
    const Matrix<Scalar> input = row_products<Scalar>(x, other_x).replicate(places, places);
    Matrix<Scalar> sum = Matrix<Scalar>::Zero(each, other_each);
    for (Index o = 0; o < outputs; ++o)
      sum.noalias() +=
          delta.middleRows(o * each, each) * other_delta.middleRows(o * other_each, other_each).transpose();
    sum.array() *= input.array();
    Matrix<Scalar> product(output_rows.rows(), output_rows.rows());
    for (Index j = 0; j < product.cols(); ++j)
      for (Index i = 0; i < product.rows(); ++i)
        product(i, j) = sum.block(first_row(i, layout), first_row(j, other_layout), length(i, layout),
                                  length(j, other_layout))
                            .sum() /
                        static_cast<Scalar>(outputs);
    return product;
  }

  // Where the cotangent of an output row is, within those of one output.
  Index first_row(Index output_row, const TokenLayout& layout) const {
    return output_rows.position(output_row) * layout.rows() +
           layout.first_row(output_rows.sample(output_row));
  }
  Index length(Index output_row, const TokenLayout& layout) const {
    return layout.length(output_rows.sample(output_row));
  }

  std::optional<LookedUp> looked_up_;
};

}  // namespace detail

/// Back-propagates every output row of every output that the run looks at, all in the same matrix products.
template <class Scalar, class Network>
GradientProducts<Scalar> gradient_products(const FiniteRun<Scalar, Network>& run,
                                           const FiniteWeights<Scalar>& weights) {
  const TokenLayout layout = run.layout();
  const Matrix<Scalar>& pooling = run.pooling();
  const Index outputs = run.head().output().cols(), rows = layout.rows();
  const TokenLayout output_rows = pooling.rows() == rows ? layout : TokenLayout{layout.samples, 1};
  const Index places = output_rows.tokens;
  detail::ProductSink<Scalar> sink(outputs, output_rows);
  if constexpr (requires { run.shared_embedding(); }) sink.shared = run.shared_embedding();
  sink.products.groups.assign(weights.tensors.size(), Matrix<Scalar>::Zero(pooling.rows(), pooling.rows()));
  sink.products.backward.resize(run.blocks());

  Matrix<Scalar> cotangents = Matrix<Scalar>::Zero(outputs * places * rows, outputs);
  for (Index o = 0; o < outputs; ++o)
    for (Index output_row = 0; output_row < output_rows.rows(); ++output_row) {
      const Index place = output_rows.position(output_row), a = output_rows.sample(output_row);
      cotangents.col(o).segment((o * places + place) * rows + layout.first_row(a), layout.length(a)) =
          pooling.row(output_row).segment(layout.first_row(a), layout.length(a)).transpose();
    }
  run.pull(std::move(cotangents), sink);
  return std::move(sink.products);
}

}  // namespace widthwise
