// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "widthwise/gaussian/chebyshev.hpp"
#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// Where the standard deviations and correlations of a kernel's rows lie.
template <class Scalar>
struct PairRange {
  Scalar least_deviation, largest_deviation, lowest_correlation;
};

/// How many Chebyshev nodes a grid has along deviations and along correlations.
struct PairNodes {
  Index deviations, correlations;
};

/// Functions of two jointly Gaussian variables, by their values at Chebyshev nodes in both standard
/// deviations and the correlation ρ; and how the values for all pairs of rows of a kernel follow from them.
///
/// A table holds a function at the nodes, for every two samples: row (a, m₁) and column (b, m₂, k) for
/// samples a, b, deviations m₁, m₂ and correlation k, the last index fastest. Correlation 0 is ρ = 1. Tables
/// are symmetric: entry (a, m₁; b, m₂, k) is entry (b, m₂; a, m₁, k).
template <class Scalar>
class PairGrid {
 public:
  /// A grid without nodes yet; |ρ| above 1 counts as 1.
  PairGrid(const Matrix<Scalar>& kernel, TokenLayout layout)
      : layout_(std::move(layout)),
        row_deviations_(kernel.diagonal().cwiseSqrt()),
        correlations_(correlations_of(kernel)),
        range_{row_deviations_.minCoeff(), row_deviations_.maxCoeff(), correlations_.minCoeff()},
        deviation_nodes_(0, 0, 1),
        correlation_nodes_(1, 1, 1) {}

  /// Where there is but one deviation or correlation, it gets one node whatever is asked for.
  void set_nodes(PairNodes nodes) {
    const auto [least, largest, lowest] = range_;
    deviation_nodes_ = Chebyshev<Scalar>(least, largest, least < largest ? nodes.deviations : 1);
    correlation_nodes_ = Chebyshev<Scalar>(lowest, 1, lowest < 1 ? nodes.correlations : 1);
    deviation_weights_ = deviation_nodes_.weights(row_deviations_);
  }

  const PairRange<Scalar>& range() const { return range_; }
  const TokenLayout& layout() const { return layout_; }
  const Vector<Scalar>& deviations() const { return deviation_nodes_.nodes(); }
  const Vector<Scalar>& correlations() const { return correlation_nodes_.nodes(); }

  /// Values at the correlations to Chebyshev coefficients.
  const Matrix<Scalar>& correlation_coefficients() const { return correlation_nodes_.coefficients(); }
  const Matrix<Scalar>& deviation_coefficients() const { return deviation_nodes_.coefficients(); }

  Matrix<Scalar> table() const {
    const Index rows = layout_.samples * deviations().size();
    return Matrix<Scalar>::Zero(rows, rows * correlations().size());
  }

  /// Symmetric tables to N×N kernels, several at once.
  template <std::size_t Q>
  std::array<Matrix<Scalar>, Q> interpolate(const std::array<Matrix<Scalar>, Q>& tables) const {
    std::array<Matrix<Scalar>, Q> kernels;
    for (auto& kernel : kernels) kernel.resize(layout_.rows(), layout_.rows());
    const Index count = deviations().size(), correlations = correlation_nodes_.size();
    Series<Q> values(correlations, Q), series;
    for_each_column([&](Index a, Index b, Index column, Index first, Index rows) {
      for (Index m = 0; m < count; ++m) {
        values.setZero();
        for (Index m2 = 0; m2 < count; ++m2)
          for (std::size_t q = 0; q < Q; ++q)
            values.col(static_cast<Index>(q)) +=
                deviation_weights_(column, m2) * tables[q]
                                                     .row(a * count + m)
                                                     .segment((b * count + m2) * correlations, correlations)
                                                     .transpose();
        series.noalias() = correlation_nodes_.coefficients().lazyProduct(values);
        correlation_nodes_.evaluate(
            correlations_.col(column).segment(first, rows), series,
            [&](Index offset, Index size, const auto& entries) {
              for (std::size_t q = 0; q < Q; ++q) {
                auto target = kernels[q].col(column).segment(first + offset, size).array();
                if (count == 1)
                  target = entries[q].head(size);
                else if (m == 0)
                  target = row_weights(m, first + offset, size) * entries[q].head(size);
                else
                  target += row_weights(m, first + offset, size) * entries[q].head(size);
              }
            });
      }
    });
    for (auto& kernel : kernels) mirror_upper(kernel);
    return kernels;
  }

  /// The transpose of `interpolate`: cotangents of kernels to cotangents of tables. All are symmetric.
  template <std::size_t Q>
  std::array<Matrix<Scalar>, Q> gather(const std::array<const Matrix<Scalar>*, Q>& cotangents) const {
    const Index count = deviations().size(), correlations = correlation_nodes_.size();
    std::array<Matrix<Scalar>, Q> tables;
    for (auto& one : tables) one = table();
    Moments<Q> moments(correlation_nodes_);
    for_each_column([&](Index a, Index b, Index column, Index first, Index rows) {
      const bool last = column + 1 == layout_.first_row(b + 1);
      for (Index m = 0; m < count; ++m) {
        moments.add(correlations_.col(column).segment(first, rows), [&](Index offset, Index size) {
          std::array<Lanes, Q> values;
          for (std::size_t q = 0; q < Q; ++q) {
            values[q].setZero();
            // An entry above the diagonal stands for two.
            values[q].head(size) = 2 * cotangents[q]->col(column).segment(first + offset, size).array();
            if (count > 1) values[q].head(size) *= row_weights(m, first + offset, size);
            if (first + offset + size == column + 1) values[q](size - 1) /= 2;
          }
          return values;
        });
        if (count == 1 && !last) continue;
        const Series<Q> sums = correlation_nodes_.coefficients().transpose().lazyProduct(moments.sums());
        moments.clear();
        for (Index m2 = 0; m2 < count; ++m2)
          for (std::size_t q = 0; q < Q; ++q)
            tables[q].row(a * count + m).segment((b * count + m2) * correlations, correlations) +=
                (count == 1 ? Scalar(1) : deviation_weights_(column, m2)) *
                sums.col(static_cast<Index>(q)).transpose();
      }
    });
    for (auto& one : tables) one = symmetric(one);
    return tables;
  }

  /// The mean of a table and of the same one with both variables in each other's place.
  Matrix<Scalar> symmetric(const Matrix<Scalar>& table) const {
    const Index size = correlations().size();
    Matrix<Scalar> mean(table.rows(), table.cols());
    for (Index second = 0; second < table.rows(); ++second)
      for (Index first = 0; first < table.rows(); ++first)
        mean.row(first).segment(second * size, size) =
            (table.row(first).segment(second * size, size) + table.row(second).segment(first * size, size)) /
            2;
    return mean;
  }

  /// The same map entry by entry: weights of the nodes (m₂, k) in the entries between `row`, at its deviation
  /// m, and the first t rows of sample b; t × nodes, computed in `Weight`.
  template <class Weight = Scalar>
  Matrix<Weight> weights(Index row, Index m, Index b, Index t) const {
    const Index first = layout_.first_row(b);
    const Index m_count = deviations().size(), k_count = correlations().size();
    Matrix<Weight> lagrange =
        correlation_nodes_.template weights<Weight>(correlations_.col(row).segment(first, t));
    if (m_count == 1) return lagrange;
    Matrix<Weight> weights(t, m_count * k_count);
    for (Index m2 = 0; m2 < m_count; ++m2)
      weights.middleCols(m2 * k_count, k_count) =
          (deviation_weights_(row, m) * deviation_weights_.col(m2).segment(first, t))
              .template cast<Weight>()
              .asDiagonal() *
          lagrange;
    return weights;
  }

 private:
  using Lanes = typename Chebyshev<Scalar>::Lanes;
  template <std::size_t Q>
  using Series = Eigen::Matrix<Scalar, Eigen::Dynamic, static_cast<int>(Q)>;
  template <std::size_t Q>
  using Moments = typename Chebyshev<Scalar>::template Moments<static_cast<int>(Q)>;

  static Matrix<Scalar> correlations_of(const Matrix<Scalar>& kernel) {
    const Vector<Scalar> inverse = kernel.diagonal().unaryExpr(
        [](Scalar variance) { return variance > 0 ? 1 / std::sqrt(variance) : Scalar(0); });
    Matrix<Scalar> correlation(kernel.rows(), kernel.cols());
    for (Index j = 0; j < kernel.cols(); ++j)
      correlation.col(j) =
          (inverse(j) * inverse).cwiseProduct(kernel.col(j)).cwiseMin(Scalar(1)).cwiseMax(Scalar(-1));
    correlation.diagonal().setOnes();
    return correlation;
  }

  auto row_weights(Index m, Index first, Index size) const {
    return deviation_weights_.col(m).segment(first, size).array();
  }

  // Visits the upper triangle, column by column within every two samples: visit(a, b, column, first row,
  // rows).
  template <class Visit>
  void for_each_column(Visit&& visit) const {
    for (Index b = 0; b < layout_.samples; ++b)
      for (Index a = 0; a <= b; ++a)
        for (Index column = layout_.first_row(b); column < layout_.first_row(b + 1); ++column)
          visit(a, b, column, layout_.first_row(a),
                a == b ? column + 1 - layout_.first_row(b) : layout_.length(a));
  }

  TokenLayout layout_;
  Vector<Scalar> row_deviations_;
  Matrix<Scalar> correlations_;
  PairRange<Scalar> range_;
  Chebyshev<Scalar> deviation_nodes_;
  Chebyshev<Scalar> correlation_nodes_;
  Matrix<Scalar> deviation_weights_;  // N×M, Lagrange weights of every row's deviation
};

}  // namespace widthwise
