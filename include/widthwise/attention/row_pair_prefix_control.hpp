// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

#include "widthwise/attention/row_pair_draws.hpp"
#include "widthwise/gaussian/pair_grid.hpp"
#include "widthwise/kernel/prefix_sums.hpp"

namespace widthwise {

/// A control variate for rows that see the keys up to their own position: of n keys,
///   e_i = (1 + g_i − mean g) / n,  g_i = x_i + (x_i² − Var x_i)/2.
/// That is softmax to second order in its logits x but for (mean x)(x_i − mean x), which is small where the
/// means of all prefixes are: it has a center of its own for that, with weights t^(−0.7). Only two numbers of
/// e depend on n, so that its sums follow prefix by prefix. What is known of it: for c = Cov(x, y), n n'
/// E[e_i e'_j] = 1 + c_ij + (c²)_ij/2, with c and its entrywise square centered over both rows' keys.
template <class Scalar>
class PrefixControl {
 public:
  /// `keys` is the keys' kernel; `grid` that of the queries.
  PrefixControl(const Matrix<Scalar>& keys, TokenLayout layout, const PairGrid<Scalar>& grid,
                Scalar logit_variance)
      : kernel_(centered(keys, layout, [](Index count) { return prefix_weights(count, center_power); })),
        layout_(layout),
        grid_(grid),
        logit_variance_(logit_variance) {
    const Scalar largest = grid.deviations().maxCoeff();
    used_ = logit_variance * kernel_.diagonal().maxCoeff() * largest * largest <= largest_variance;
    for (Index a = 0; a < layout.samples; ++a)
      weights_.push_back(prefix_weights(layout.length(a), center_power));
  }

  bool used() const { return used_; }

  /// What a row's logits are to be centered with.
  const Vector<Scalar>& weights(Index sample) const { return weights_[static_cast<std::size_t>(sample)]; }

  /// Var x in a row of deviation m, over the keys of a sample.
  Vector<Scalar> variances(Index sample, Index m) const {
    const Scalar deviation = grid_.deviations()(m);
    return logit_variance_ * deviation * deviation *
           kernel_.diagonal().segment(layout_.first_row(sample), layout_.length(sample));
  }

  /// Adds E[eᵀ A e'] for all pairs of rows, of several A; these and the results symmetric (N×N).
  template <std::size_t Q>
  void add_push(const std::array<const Matrix<Scalar>*, Q>& matrices,
                const std::array<Matrix<Scalar>*, Q>& results) const {
    for_each_cell([&](const Cell& cell, auto block) {
      const auto both_powers = powers(cell);
      for (std::size_t q = 0; q < Q; ++q) {
        const Matrix<Scalar> a = block(*matrices[q]), columns = down_columns(a), rows = along_rows(a),
                             both = along_rows(columns);
        Matrix<Scalar> sum = both;
        for (const Power& power : both_powers) {
          Matrix<Scalar> one = along_rows(down_columns<Scalar>(a.cwiseProduct(power.kernel)));
          one -= along_rows<Scalar>(columns.cwiseProduct(power.column_means));
          one -= down_columns<Scalar>(rows.cwiseProduct(power.row_means));
          sum += power.factor.cwiseProduct(one + both.cwiseProduct(power.means));
        }
        block(*results[q]) += per_key(cell, sum);
      }
    });
  }

  /// Adds the transpose of `add_push`.
  void add_pull(const Matrix<Scalar>& cotangent, Matrix<Scalar>& result) const {
    for_each_cell([&](const Cell& cell, auto block) {
      const Matrix<Scalar> b = per_key(cell, block(cotangent));
      Matrix<Scalar> on_both = b;
      for (const Power& power : powers(cell)) {
        const Matrix<Scalar> one = b.cwiseProduct(power.factor), columns = up_columns(one),
                             rows = back_along_rows(one);
        block(result) += back_along_rows(columns).cwiseProduct(power.kernel);
        block(result) -= up_columns<Scalar>(rows.cwiseProduct(power.column_means));
        block(result) -= back_along_rows<Scalar>(columns.cwiseProduct(power.row_means));
        on_both += one.cwiseProduct(power.means);
      }
      block(result) += back_along_rows(up_columns(on_both));
    });
  }

 private:
  // Beyond this variance e varies more than the softmax that it stands for.
  static constexpr Scalar largest_variance = 1;

  static constexpr Scalar center_power = Scalar(0.7);  // how keys weigh in the center

  struct Cell {
    Index a, b;  // samples
  };

  // The keys' kernel or its square over two; its means over the first i + 1 rows of each column, over
  // the first j + 1 columns of each row, and over both; and what multiplies it for each pair of rows.
  struct Power {
    Matrix<Scalar> kernel, column_means, row_means, means, factor;
  };

  template <class Visit>
  void for_each_cell(Visit&& visit) const {
    for (Index b = 0; b < layout_.samples; ++b)
      for (Index a = 0; a < layout_.samples; ++a)
        visit(Cell{a, b}, [&](auto& matrix) { return block(matrix, a, b); });
  }

  std::array<Power, 2> powers(const Cell& cell) const {
    std::array<Power, 2> powers;
    powers[0].kernel = block(kernel_, cell.a, cell.b);
    powers[1].kernel = powers[0].kernel.cwiseAbs2() / 2;
    for (Power& power : powers) {
      power.column_means = inverse_counts(cell.a).asDiagonal() * down_columns(power.kernel);
      power.row_means = along_rows(power.kernel) * inverse_counts(cell.b).asDiagonal();
      power.means = along_rows(power.column_means) * inverse_counts(cell.b).asDiagonal();
      power.factor.setZero(layout_.length(cell.a), layout_.length(cell.b));
    }
    const auto& deviations = grid_.deviations();
    const auto& correlations = grid_.correlations();
    const Index count = correlations.size();
    for (Index m = 0; m < deviations.size(); ++m) {
      Vector<Scalar> covariance(deviations.size() * count);  // of logits, to that of keys
      for (Index m2 = 0; m2 < deviations.size(); ++m2)
        covariance.segment(m2 * count, count) =
            logit_variance_ * deviations(m) * deviations(m2) * correlations;
      for (Index t = 0; t < layout_.length(cell.b); ++t) {
        const Matrix<Scalar> weights =
            grid_.weights(layout_.first_row(cell.b) + t, m, cell.a, layout_.length(cell.a));
        powers[0].factor.col(t) += weights * covariance;
        powers[1].factor.col(t) += weights * covariance.cwiseAbs2();
      }
    }
    return powers;
  }

  // One over the number of keys that every row of a sample sees.
  Vector<Scalar> inverse_counts(Index sample) const {
    const Index t = layout_.length(sample);
    return Vector<Scalar>::LinSpaced(t, 1, static_cast<Scalar>(t)).cwiseInverse();
  }

  // Divided by the numbers of keys that both rows see.
  template <class Block>
  Matrix<Scalar> per_key(const Cell& cell, const Block& block) const {
    return inverse_counts(cell.a).asDiagonal() * block * inverse_counts(cell.b).asDiagonal();
  }

  template <class Kernel>
  auto block(Kernel& kernel, Index a, Index b) const {
    return kernel.block(layout_.first_row(a), layout_.first_row(b), layout_.length(a), layout_.length(b));
  }

  Matrix<Scalar> kernel_;
  std::vector<Vector<Scalar>> weights_;
  TokenLayout layout_;
  const PairGrid<Scalar>& grid_;
  Scalar logit_variance_;
  bool used_;
};

}  // namespace widthwise
