// SPDX-License-Identifier: MIT
#pragma once

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
/// ⟨δᵀ x, δ'ᵀ x'⟩ = Σ (δ δ'ᵀ) ∘ (x x'ᵀ). The tensors of a tied weight add up, for outputs that the input does
/// not hold share no column with it.
///
/// Cotangents stand below each other by output and then by row within a sample: no two output rows of a
/// sample are in the same one, and samples do not mix.
template <class Scalar>
struct ProductSink {
  Index outputs, rows_per_sample;
  GradientProducts<Scalar> products;

  template <class Input>
  void operator()(std::size_t weight, const Matrix<Scalar>& delta, const Input& x,
                  const TokenLayout& layout) {
    const Index each = rows_per_sample * layout.rows();
    const Matrix<Scalar> input = row_products<Scalar>(x).replicate(rows_per_sample, rows_per_sample);
    Matrix<Scalar> sum = Matrix<Scalar>::Zero(each, each);
    for (Index o = 0; o < outputs; ++o) {
      const auto part = delta.middleRows(o * each, each);
      sum.noalias() += part * part.transpose();
    }
    sum.array() *= input.array();
    // Where the cotangent of an output row is, within those of one output.
    const auto first = [&](Index output_row) {
      return output_row % rows_per_sample * layout.rows() + layout.first_row(output_row / rows_per_sample);
    };
    Matrix<Scalar>& product = products.groups[weight];
    const Index tokens = layout.tokens;
    for (Index j = 0; j < product.cols(); ++j)
      for (Index i = 0; i < product.rows(); ++i)
        product(i, j) += sum.block(first(i), first(j), tokens, tokens).sum() / static_cast<Scalar>(outputs);
  }
  template <class Input>
  void transposed(std::size_t weight, const Matrix<Scalar>& delta, const Input& x,
                  const TokenLayout& layout) {
    (*this)(weight, delta, x, layout);
  }

  void signal(std::size_t block, const Matrix<Scalar>& delta, const TokenLayout& layout) {
    Matrix<Scalar>& backward = products.backward[block];
    backward.setZero(layout.rows(), layout.rows());
    const auto count = static_cast<Scalar>(outputs * rows_per_sample * layout.samples);
    for (Index from = 0; from < delta.rows(); from += layout.rows())
      for (Index a = 0; a < layout.samples; ++a) {
        const Index row = layout.first_row(a), tokens = layout.tokens;
        const auto part = delta.middleRows(from + row, tokens);
        backward.block(row, row, tokens, tokens).noalias() += part * part.transpose() / count;
      }
  }
};

}  // namespace detail

/// Back-propagates every output row of every output that the run looks at, all in the same matrix products.
template <class Scalar, class Network>
GradientProducts<Scalar> gradient_products(const FiniteRun<Scalar, Network>& run,
                                           const FiniteWeights<Scalar>& weights) {
  const TokenLayout layout = run.layout();
  const Matrix<Scalar>& pooling = run.pooling();
  const Index outputs = run.head().output().cols(), rows = layout.rows();
  const Index places = pooling.rows() / layout.samples;
  detail::ProductSink<Scalar> sink{outputs, places, {}};
  sink.products.groups.assign(weights.tensors.size(), Matrix<Scalar>::Zero(pooling.rows(), pooling.rows()));
  sink.products.backward.resize(run.blocks());

  Matrix<Scalar> cotangents = Matrix<Scalar>::Zero(outputs * places * rows, outputs);
  for (Index o = 0; o < outputs; ++o)
    for (Index place = 0; place < places; ++place)
      for (Index a = 0; a < layout.samples; ++a)
        cotangents.col(o).segment((o * places + place) * rows + layout.first_row(a), layout.tokens) =
            pooling.row(a * places + place).segment(layout.first_row(a), layout.tokens).transpose();
  run.pull(std::move(cotangents), sink);
  return std::move(sink.products);
}

}  // namespace widthwise
