// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "widthwise/attention/row_pair_control.hpp"
#include "widthwise/attention/row_pair_draws.hpp"
#include "widthwise/attention/row_pair_pushes.hpp"

namespace widthwise {

/// Sums over draws of rows that see all keys, at the nodes of a grid (theory §4a, §4c).
///
/// The two rows can change places, so that of the middle terms of 𝒟 one is the other's transpose. Only
/// products with p = softmax(x) are needed then, once for all nodes; a node costs its q = softmax(y) and dot
/// products:
///   E[pᵀAq] = E[(Ap)·q],  𝒟[A,F] = E[((A∘F)p − 2 Ap∘Fp)·q + (Ap·q)(Fp·q)],  averaged over the two orders.
/// In 𝒟 the kernel F is centered, which changes nothing but the noise. E[pᵀAq] has a control variate: p and
/// −e go side by side, as do q and e'. (𝒟 gains little by it forward, and nothing backward.)
template <class Scalar>
class RowPairSums {
 public:
  /// `kernel` is `keys`, centered.
  RowPairSums(const Matrix<Scalar>& keys, const Matrix<Scalar>& kernel, TokenLayout layout,
              const PairGrid<Scalar>& grid, const LogitDraws& draws, Scalar logit_variance)
      : keys_(keys),
        kernel_(kernel),
        layout_(layout),
        grid_(grid),
        draws_(draws),
        control_(kernel, layout, grid, logit_variance) {}

  /// What the keys' kernel and another one become.
  RowPairPushes<Scalar> push(const Matrix<Scalar>& tangent) const {
    const Matrix<Scalar> square = keys_.cwiseProduct(kernel_), overlap = tangent.cwiseProduct(kernel_);
    std::array<Matrix<Scalar>, 4> tables;
    tables.fill(grid_.table());
    struct Through {
      Matrix<Scalar> kernel, square, overlap;  // F p, (F∘F)p − 2 Fp∘Fp, (A∘F)p − 2 Ap∘Fp, one F centered
      Matrix<Scalar> keys, tangent;            // F p and A p, and the same of −e
    };
    std::vector<Through> through(rows());
    draws_.for_each_block([&](const LogitBlock& block) {
      const auto weights = first_rows(block);
      for_each_row([&](Index a, Index m) {
        const auto& p = weights[index(a, m)];
        Through& t = through[index(a, m)];
        t.kernel.noalias() = columns(kernel_, a) * p.leftCols(block.draws());
        t.keys.noalias() = columns(keys_, a) * p;
        t.tangent.noalias() = columns(tangent, a) * p;
        t.square.noalias() = columns(square, a) * p.leftCols(block.draws());
        t.overlap.noalias() = columns(overlap, a) * p.leftCols(block.draws());
        t.square -= 2 * t.kernel.cwiseProduct(t.keys.leftCols(block.draws()));
        t.overlap -= 2 * t.kernel.cwiseProduct(t.tangent.leftCols(block.draws()));
      });
      for_each_node(block, [&](Index b, Index node, const Matrix<Scalar>& q) {
        const Index first_key = layout_.first_row(b), keys = layout_.length(b);
        for_each_row([&](Index a, Index m) {
          const Through& t = through[index(a, m)];
          const auto row = static_cast<Index>(index(a, m));
          for (Index draw = 0; draw < q.cols(); ++draw) {
            const auto second = q.col(draw);
            const auto dot = [&](const Matrix<Scalar>& first) {
              return first.col(draw).segment(first_key, keys).dot(second);
            };
            const Scalar f = dot(t.keys), v = dot(t.tangent);
            tables[0](row, node) += f;
            tables[2](row, node) += v;
            if (draw >= block.draws()) continue;
            const Scalar slope = dot(t.kernel);
            tables[1](row, node) += dot(t.square) + f * slope;
            tables[3](row, node) += dot(t.overlap) + v * slope;
          }
        });
      });
    });
    for (auto& table : tables) table = grid_.symmetric(table) / static_cast<Scalar>(draws_.draws());
    if (control_.used()) {
      control_.add_table(keys_, tables[0]);
      control_.add_table(tangent, tables[2]);
    }
    auto kernels = grid_.interpolate(tables);
    return {{std::move(kernels[0]), std::move(kernels[1])}, {std::move(kernels[2]), std::move(kernels[3])}};
  }

  /// The transpose of push: the sum of what the two cotangents become.
  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    const auto tables = grid_.template gather<2>({&values, &jacobian});
    Matrix<Scalar> result = Matrix<Scalar>::Zero(keys_.rows(), keys_.cols());
    Matrix<Scalar> overlap = result;
    // For every first row: Fp, and the cotangents of (A∘F)p, Ap and −Ae.
    struct Through {
      Matrix<Scalar> kernel, on_overlap, on_tangent;
    };
    std::vector<Through> through(rows());
    draws_.for_each_block([&](const LogitBlock& block) {
      const auto weights = first_rows(block);
      for_each_row([&](Index a, Index m) {
        const auto& p = weights[index(a, m)];
        Through& t = through[index(a, m)];
        t.kernel.noalias() = columns(kernel_, a) * p.leftCols(block.draws());
        t.on_overlap.setZero(keys_.rows(), block.draws());
        t.on_tangent.setZero(keys_.rows(), p.cols());
      });
      for_each_node(block, [&](Index b, Index node, const Matrix<Scalar>& q) {
        const Index first_key = layout_.first_row(b), keys = layout_.length(b);
        for_each_row([&](Index a, Index m) {
          Through& t = through[index(a, m)];
          const auto row = static_cast<Index>(index(a, m));
          const Scalar value = tables[0](row, node), slope = tables[1](row, node);
          for (Index draw = 0; draw < q.cols(); ++draw) {
            const auto second = q.col(draw);
            const auto of_sample = [&](Matrix<Scalar>& matrix) {
              return matrix.col(draw).segment(first_key, keys);
            };
            if (draw < block.draws()) {
              of_sample(t.on_overlap) += slope * second;
              of_sample(t.on_tangent) += (value + slope * of_sample(t.kernel).dot(second)) * second;
            } else {
              of_sample(t.on_tangent) += value * second;
            }
          }
        });
      });
      for_each_row([&](Index a, Index m) {
        const auto& p = weights[index(a, m)];
        Through& t = through[index(a, m)];
        t.on_tangent.leftCols(block.draws()) -= 2 * t.on_overlap.cwiseProduct(t.kernel);
        columns(result, a).noalias() += t.on_tangent * p.transpose();
        columns(overlap, a).noalias() += t.on_overlap * p.leftCols(block.draws()).transpose();
      });
    });
    result += overlap.cwiseProduct(kernel_);
    result = mean_of_both_orders(result) / static_cast<Scalar>(draws_.draws());
    if (control_.used()) result += control_.pull(tables[0]);
    return result;
  }

 private:
  std::size_t rows() const { return static_cast<std::size_t>(layout_.samples * grid_.deviations().size()); }
  std::size_t index(Index sample, Index deviation) const {
    return static_cast<std::size_t>(sample * grid_.deviations().size() + deviation);
  }

  template <class Visit>
  void for_each_row(Visit&& visit) const {
    for (Index a = 0; a < layout_.samples; ++a)
      for (Index m = 0; m < grid_.deviations().size(); ++m) visit(a, m);
  }

  std::vector<Matrix<Scalar>> first_rows(const LogitBlock& block) const {
    std::vector<Matrix<Scalar>> weights(rows());
    for_each_row([&](Index a, Index m) {
      auto& p = weights[index(a, m)];
      p = row(block, a, m, 0);
      p.rightCols(p.cols() - block.draws()) *= -1;
    });
    return weights;
  }

  // Softmax down every column, and the control variates beside it. Weights are normalized in the scalar, so
  // that they add up to one to its rounding.
  Matrix<Scalar> row(const LogitBlock& block, Index b, Index m, Index k) const {
    const Index first = layout_.first_row(b), keys = layout_.length(b), draws = block.draws();
    const Eigen::MatrixXf logits = row_of_logits(block.x(first, keys), block.x_across(first, keys),
                                                 grid_.deviations()(m), grid_.correlations()(k));
    Matrix<Scalar> weights(keys, control_.used() ? 2 * draws : draws);
    Eigen::ArrayXf exponential(keys);  // alone in its loop, so that it is vectorized
    for (Index draw = 0; draw < draws; ++draw) {
      const auto column = logits.col(draw).array();
      exponential = (column - column.maxCoeff()).exp();
      auto softmax = weights.col(draw);
      softmax = exponential.matrix().template cast<Scalar>();
      softmax /= softmax.sum();
      if (!control_.used()) continue;
      auto control = weights.col(draws + draw).array();
      exponential = column + column.square() / 2;
      control = exponential.template cast<Scalar>();
      control = (control + (1 - control.mean())) / static_cast<Scalar>(keys);
    }
    return weights;
  }

  // Visits q of every sample, deviation and correlation, with its column in the grid's tables.
  template <class Visit>
  void for_each_node(const LogitBlock& block, Visit&& visit) const {
    for_each_row([&](Index b, Index m) {
      const Index correlations = grid_.correlations().size();
      for (Index k = 0; k < correlations; ++k)
        visit(b, static_cast<Index>(index(b, m)) * correlations + k, row(block, b, m, k));
    });
  }

  // Keys of all samples × keys of one.
  template <class Kernel>
  auto columns(Kernel& kernel, Index a) const {
    return kernel.middleCols(layout_.first_row(a), layout_.length(a));
  }

  const Matrix<Scalar>& keys_;
  const Matrix<Scalar>& kernel_;
  TokenLayout layout_;
  const PairGrid<Scalar>& grid_;
  const LogitDraws& draws_;
  SecondOrderControl<Scalar> control_;
};

}  // namespace widthwise
