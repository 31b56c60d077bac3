// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "widthwise/gaussian/covariance.hpp"
#include "widthwise/gaussian/panels.hpp"
#include "widthwise/gaussian/plane_quadrature.hpp"
#include "widthwise/gaussian/series_family.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// E[f(x_i) f(x_j)] for all pairs of a Gaussian vector x, one symmetric N×N matrix per component of f.
///
/// f returns an Eigen::Array<Scalar, C, 1>; `kinks` are the places where it is not smooth. Entries are
/// accurate to `quadrature_tolerance` relative to √(E[f(x_i)²] E[f(x_j)²]), each by one of three methods:
/// - the Hermite series in ρ, with terms enough by Parseval's bound |ρ|ⁿ √(tail tail') on what n terms leave;
/// - quadrature over one variable at ρ = ±1 exactly;
/// - nested quadrature, some 10⁴ evaluations of f, near ρ = ±1 for f with kinks or for large variances.
/// Where a variance vanishes ρ counts as 0. Only the upper triangle of the covariance is read.
/// Throws std::invalid_argument for an inadmissible covariance, std::runtime_error where f cannot be
/// resolved or the accuracy is out of reach.
template <class Scalar, class F>
auto product_expectations(const F& f, const std::vector<Scalar>& kinks, const Matrix<Scalar>& covariance) {
  constexpr std::size_t components = ValueOf<F, Scalar>::RowsAtCompileTime;
  const Index rows = covariance.rows();
  std::array<Matrix<Scalar>, components> result;
  result.fill(Matrix<Scalar>::Zero(rows, rows));

  const auto pair_of = [&](Index i, Index j) {
    return correlation(admissible(Covariance2<Scalar>{covariance(i, i), covariance(j, j), covariance(i, j)}));
  };
  Matrix<Scalar> cosines(rows, rows);  // of which only the upper triangle is used
  for (Index j = 0; j < rows; ++j)
    for (Index i = 0; i <= j; ++i) cosines(i, j) = pair_of(i, j).cosine;

  std::vector<Scalar> variances(static_cast<std::size_t>(rows));
  for (Index i = 0; i < rows; ++i) variances[static_cast<std::size_t>(i)] = covariance(i, i);
  std::sort(variances.begin(), variances.end());
  variances.erase(std::unique(variances.begin(), variances.end()), variances.end());
  std::vector<std::size_t> member_of_row(static_cast<std::size_t>(rows));
  for (Index i = 0; i < rows; ++i)
    member_of_row[static_cast<std::size_t>(i)] = static_cast<std::size_t>(
        std::lower_bound(variances.begin(), variances.end(), covariance(i, i)) - variances.begin());

  const auto smallest = std::upper_bound(variances.begin(), variances.end(), Scalar(0));
  const auto panels = smallest == variances.end()
                          ? Panels<Scalar>{}
                          : resolve(f, kinks, std::sqrt(*smallest), std::sqrt(variances.back()));
  const auto family = detail::series_family(f, panels, variances, cosines);
  detail::sum_series(family, member_of_row, cosines, result);

  // What the series does not serve; kernels built from few distinct inputs repeat the same triples.
  std::map<std::array<Scalar, 3>, ValueOf<F, Scalar>> known;
  for (Index j = 0; j < rows; ++j)
    for (Index i = 0; i <= j; ++i) {
      const auto& first = family.members[member_of_row[static_cast<std::size_t>(i)]].second_moment;
      const auto& second = family.members[member_of_row[static_cast<std::size_t>(j)]].second_moment;
      const auto assign = [&](const ValueOf<F, Scalar>& value) {
        for (std::size_t c = 0; c < components; ++c) result[c](i, j) = value[static_cast<Index>(c)];
      };
      if (i == j) {
        assign(first);
      } else if (std::abs(cosines(i, j)) == 1 || std::abs(cosines(i, j)) > family.served) {
        const auto pair = pair_of(i, j);
        if (pair.sine == 0 && pair.cosine > 0 && covariance(i, i) == covariance(j, j)) {
          assign(first);
        } else if (std::abs(pair.cosine) > family.served) {
          const auto [entry, is_new] =
              known.try_emplace({std::min(covariance(i, i), covariance(j, j)),
                                 std::max(covariance(i, i), covariance(j, j)), covariance(i, j)});
          if (is_new && pair.sine == 0)
            entry->second = line_quadrature(f, panels, pair.first_deviation,
                                            std::copysign(pair.second_deviation, pair.cosine));
          else if (is_new)
            entry->second = plane_quadrature(f, panels, pair, ValueOf<F, Scalar>((first * second).sqrt()));
          assign(entry->second);
        }
      }
      for (auto& matrix : result) matrix(j, i) = matrix(i, j);
    }
  return result;
}

}  // namespace widthwise
