// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "widthwise/attention/softmax_problem.hpp"
#include "widthwise/gaussian/pair_expectation.hpp"

namespace widthwise {

/// Softmax expectations over one or two keys a sample, by quadrature: exact to rounding, for any mask and any
/// ε (theory §4, end).
///
/// A row of Ω is (p, 1−p) with p the sigmoid of one Gaussian logit difference, so a pair of rows is an
/// integral over two Gaussians, and its Jacobians are p(1−p) v vᵀ with v = (1, −1).
/// A sample of one key counts as two of the same.
template <class Scalar>
class TwoTokenExpectation {
 public:
  TwoTokenExpectation(const SoftmaxProblem<Scalar>& problem, const Matrix<Scalar>& tangent)
      : layout_(problem.query_layout),
        key_layout_(problem.key_layout),
        keys_(problem.keys),
        moments_(make_moments(problem)) {
    auto forward = push(keys_);
    values_ = std::move(forward.values);
    jacobian_ = std::move(forward.jacobian);
    pushed_ = push(tangent);
  }

  const Matrix<Scalar>& values() const { return values_; }
  const Matrix<Scalar>& jacobian() const { return jacobian_; }
  const SoftmaxPush<Scalar>& pushed() const& { return pushed_; }
  SoftmaxPush<Scalar> pushed() && { return std::move(pushed_); }
  Index draws() const { return 0; }

  SoftmaxPush<Scalar> push(const Matrix<Scalar>& tangent) const {
    const Index n = layout_.rows();
    SoftmaxPush<Scalar> result{Matrix<Scalar>(n, n), Matrix<Scalar>(n, n)};
    for_each_pair([&](Index i, Index j, const Moments& m) {
      const auto a = block(tangent, i, j);
      result.values(i, j) = result.values(j, i) = m.both * a(0, 0) + (m.first - m.both) * a(0, 1) +
                                                  (m.second - m.both) * a(1, 0) +
                                                  (1 - m.first - m.second + m.both) * a(1, 1);
      result.jacobian(i, j) = result.jacobian(j, i) = m.slopes * contrast(a) * contrast(block(keys_, i, j));
    });
    return result;
  }

  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    Matrix<Scalar> result = Matrix<Scalar>::Zero(keys_.rows(), keys_.cols());
    for_each_pair([&](Index i, Index j, const Moments& m) {
      const Scalar slope = jacobian(i, j) * m.slopes * contrast(block(keys_, i, j));
      Eigen::Matrix<Scalar, 2, 2> pulled;
      pulled << values(i, j) * m.both + slope, values(i, j) * (m.first - m.both) - slope,
          values(i, j) * (m.second - m.both) - slope,
          values(i, j) * (1 - m.first - m.second + m.both) + slope;
      add(pulled, i, j, result);
      if (i != j) add(pulled.transpose(), j, i, result);
    });
    return (result + result.transpose()) / 2;  // equal up to the order of sums
  }

 private:
  // Of the two rows' weights on their first keys: E[p q], E[p], E[q], and E[p(1−p) q(1−q)].
  struct Moments {
    Scalar both, first, second, slopes;
  };

  // The keys that a query row may see.
  std::array<Index, 2> keys_of(Index row) const {
    const Index sample = layout_.sample(row), first = key_layout_.first_row(sample);
    return {first, first + key_layout_.length(sample) - 1};
  }

  Eigen::Matrix<Scalar, 2, 2> block(const Matrix<Scalar>& kernel, Index i, Index j) const {
    const auto rows = keys_of(i), columns = keys_of(j);
    Eigen::Matrix<Scalar, 2, 2> block;
    block << kernel(rows[0], columns[0]), kernel(rows[0], columns[1]), kernel(rows[1], columns[0]),
        kernel(rows[1], columns[1]);
    return block;
  }

  template <class Block>
  void add(const Block& block, Index i, Index j, Matrix<Scalar>& result) const {
    const auto rows = keys_of(i), columns = keys_of(j);
    for (std::size_t column = 0; column < 2; ++column)
      for (std::size_t row = 0; row < 2; ++row)
        result(rows[row], columns[column]) += block(static_cast<Index>(row), static_cast<Index>(column));
  }

  // vᵀ A v
  template <class Block>
  static Scalar contrast(const Block& a) {
    return a(0, 0) - a(0, 1) - a(1, 0) + a(1, 1);
  }

  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    std::size_t pair = 0;
    for (Index j = 0; j < layout_.rows(); ++j)
      for (Index i = 0; i <= j; ++i) visit(i, j, moments_[pair++]);
  }

  std::vector<Moments> make_moments(const SoftmaxProblem<Scalar>& problem) const {
    // The rule is good to 64 epsilon of the scalar it works in, too little in float.
    using Wide = std::conditional_t<(sizeof(Scalar) < sizeof(double)), double, Scalar>;
    using Values = Eigen::Array<Wide, 4, 1>;
    // A row that sees one key only has a sure weight; the other rows have the sigmoid of their logit
    // difference.
    const auto weight = [&](Index row, Wide x) {
      const Index query = layout_.position(row);
      if (key_layout_.length(layout_.sample(row)) == 1) return Wide(1);
      if (!problem.mask.visible(query, 1)) return Wide(1);
      if (!problem.mask.visible(query, 0)) return Wide(0);
      return 1 / (1 + std::exp(-x));
    };
    const auto covariance = [&](Index i, Index j) -> Wide {
      return problem.logit_variance * problem.queries(i, j) * contrast(block(keys_, i, j));
    };
    std::vector<Moments> moments;
    for (Index j = 0; j < layout_.rows(); ++j)
      for (Index i = 0; i <= j; ++i) {
        // Repeated keys leave nothing but rounding of the order of C_Q C_K ε, of either sign.
        Covariance2<Wide> k{std::max(covariance(i, i), Wide(0)), std::max(covariance(j, j), Wide(0)),
                            covariance(i, j)};
        const Wide rounding =
            64 * static_cast<Wide>(std::numeric_limits<Scalar>::epsilon() * problem.logit_variance);
        const Wide limit = std::sqrt(k.first * k.second);
        if (std::abs(k.cross) <= limit + rounding) k.cross = std::clamp(k.cross, -limit, limit);
        const Values m = gaussian_pair_expectation(k, [&](Wide x, Wide y) -> Values {
          const Wide p = weight(i, x), q = weight(j, y);
          return {p * q, p, q, p * (1 - p) * q * (1 - q)};
        });
        moments.push_back({static_cast<Scalar>(m(0)), static_cast<Scalar>(m(1)), static_cast<Scalar>(m(2)),
                           static_cast<Scalar>(m(3))});
      }
    return moments;
  }

  TokenLayout layout_, key_layout_;
  Matrix<Scalar> keys_;
  std::vector<Moments> moments_;
  Matrix<Scalar> values_;
  Matrix<Scalar> jacobian_;
  SoftmaxPush<Scalar> pushed_;
};

}  // namespace widthwise
