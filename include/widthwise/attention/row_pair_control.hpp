// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "widthwise/attention/row_pair_draws.hpp"
#include "widthwise/gaussian/pair_grid.hpp"

namespace widthwise {

/// A control variate for rows that see all keys: softmax to second order in its logits x, centered over the
/// keys,
///   e_i = (1 + x_i + (x_i² − mean x²)/2) / T,  T the number of keys.
/// Only the difference of p qᵀ from e e'ᵀ is left to sampling; the rest is known:
///   T T' E[e_i e'_j] = u_i u'_j + c_ij + (c²)_ij/2,  u_i = 1 + (Var x_i − mean Var x)/2,  c = Cov(x, y),
/// where c² is the entrywise square, centered over both rows' keys.
template <class Scalar>
class SecondOrderControl {
 public:
  /// `kernel` is the keys', centered; `grid` that of the queries.
  SecondOrderControl(const Matrix<Scalar>& kernel, TokenLayout layout, const PairGrid<Scalar>& grid,
                     Scalar logit_variance)
      : kernel_(kernel), layout_(layout), grid_(grid), logit_variance_(logit_variance) {
    const Scalar largest = grid.deviations().maxCoeff();
    used_ = logit_variance * kernel.diagonal().maxCoeff() * largest * largest <= largest_variance;
    if (!used_) return;
    square_ = centered<Scalar>(kernel.cwiseAbs2(), layout);
    first_.resize(kernel.rows(), grid.deviations().size());
    for (Index a = 0; a < layout.samples; ++a) {
      const auto variances = kernel.diagonal().segment(layout.first_row(a), layout.length(a)).array();
      for (Index m = 0; m < first_.cols(); ++m)
        first_.col(m).segment(layout.first_row(a), layout.length(a)) =
            (1 + logit_variance * grid.deviations()(m) * grid.deviations()(m) / 2 *
                     (variances - variances.mean()))
                .matrix();
    }
  }

  bool used() const { return used_; }

  /// Adds E[eᵀ A e'] for a symmetric A (N×N) to its table.
  void add_table(const Matrix<Scalar>& matrix, Matrix<Scalar>& table) const {
    for_each_cell([&](const Cell& cell) {
      const auto a = block(matrix, cell);
      const Scalar along = a.cwiseProduct(block(kernel_, cell)).sum();
      const Scalar across = a.cwiseProduct(block(square_, cell)).sum() / 2;
      const Matrix<Scalar> means = rows(first_, cell.a).transpose() * a * rows(first_, cell.b);
      for_each_node(cell, [&](Index m, Index m2, Index row, Index column, Scalar covariance) {
        table(row, column) += scale(cell) * (means(m, m2) + covariance * (along + covariance * across));
      });
    });
  }

  /// The transpose of `add_table`: the cotangent of A from that of its table.
  Matrix<Scalar> pull(const Matrix<Scalar>& table) const {
    Matrix<Scalar> cotangent(kernel_.rows(), kernel_.cols());
    for_each_cell([&](const Cell& cell) {
      if (cell.a > cell.b) return;  // the same, transposed
      Matrix<Scalar> on_means = Matrix<Scalar>::Zero(first_.cols(), first_.cols());
      Scalar on_along = 0, on_across = 0;
      for_each_node(cell, [&](Index m, Index m2, Index row, Index column, Scalar covariance) {
        const Scalar one = scale(cell) * table(row, column);
        on_means(m, m2) += one;
        on_along += covariance * one;
        on_across += covariance * covariance * one;
      });
      auto target = block(cotangent, cell);
      target = on_along * block(kernel_, cell) + (on_across / 2) * block(square_, cell);
      target.noalias() += rows(first_, cell.a) * on_means * rows(first_, cell.b).transpose();
    });
    mirror_upper(cotangent);
    return cotangent;
  }

 private:
  // Beyond this variance e varies more than the softmax that it stands for.
  static constexpr Scalar largest_variance = 1;

  struct Cell {
    Index a, b;  // samples
  };

  template <class Visit>
  void for_each_cell(Visit&& visit) const {
    for (Index b = 0; b < layout_.samples; ++b)
      for (Index a = 0; a < layout_.samples; ++a) visit(Cell{a, b});
  }

  // Visits (m₁, m₂, row and column of the table, what multiplies the kernel in Cov(x, y)).
  template <class Visit>
  void for_each_node(const Cell& cell, Visit&& visit) const {
    const auto& deviations = grid_.deviations();
    const auto& correlations = grid_.correlations();
    const Index count = deviations.size();
    for (Index m = 0; m < count; ++m)
      for (Index m2 = 0; m2 < count; ++m2)
        for (Index k = 0; k < correlations.size(); ++k)
          visit(m, m2, cell.a * count + m, (cell.b * count + m2) * correlations.size() + k,
                logit_variance_ * deviations(m) * deviations(m2) * correlations(k));
  }

  template <class Kernel>
  auto block(Kernel& kernel, const Cell& cell) const {
    return kernel.block(layout_.first_row(cell.a), layout_.first_row(cell.b), layout_.length(cell.a),
                        layout_.length(cell.b));
  }
  auto rows(const Matrix<Scalar>& matrix, Index sample) const {
    return matrix.middleRows(layout_.first_row(sample), layout_.length(sample));
  }
  Scalar scale(const Cell& cell) const {
    return 1 / static_cast<Scalar>(layout_.length(cell.a) * layout_.length(cell.b));
  }

  const Matrix<Scalar>& kernel_;
  TokenLayout layout_;
  const PairGrid<Scalar>& grid_;
  Scalar logit_variance_;
  bool used_ = false;
  Matrix<Scalar> square_;  // kernel², centered
  Matrix<Scalar> first_;   // u, N×M
};

}  // namespace widthwise
