// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "widthwise/gaussian/hermite_series.hpp"
#include "widthwise/gaussian/panels.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

namespace detail {

/// Hermite series of one function at several deviations, and how far in ρ their first `terms` terms serve.
template <class Scalar, int Components>
struct SeriesFamily {
  std::vector<HermiteSeries<Scalar, Components>> members;
  Index terms = 0;
  Scalar served = 0;  ///< the largest |ρ| for which Parseval's bound promises quadrature_tolerance
};

/// Floating-point operations, roughly: to choose between ever longer series and nested quadrature.
struct Work {
  double members, pairs, panels;

  double series(Index terms) const {
    const auto n = static_cast<double>(terms);
    return n * (7 * members * (45 * std::sqrt(n) + 30 * panels) + 5 * pairs);
  }
  double plane(Index entries) const {
    return std::min(4e4 * panels * panels, 4e9) * static_cast<double>(entries);
  }
};

/// The shortest family that serves all |ρ| < 1 in the upper triangle of `cosines`, or as many as pays.
template <class Scalar, class F>
auto series_family(const F& f, const Panels<Scalar>& panels, const std::vector<Scalar>& ascending_variances,
                   const Matrix<Scalar>& cosines) {
  constexpr int components = ValueOf<F, Scalar>::RowsAtCompileTime;
  const Index rows = cosines.rows();
  const std::size_t count = ascending_variances.size();
  const Work work{static_cast<double>(count), static_cast<double>(rows * rows / 2),
                  static_cast<double>(panels.edges.size())};
  Scalar wanted = 0;
  for (Index j = 0; j < rows; ++j)
    for (Index i = 0; i < j; ++i)
      if (std::abs(cosines(i, j)) < 1) wanted = std::max(wanted, std::abs(cosines(i, j)));
  const auto more_terms_pay = [&](Scalar served, Index terms) {
    Index unserved = 0;
    for (Index j = 0; j < rows; ++j)
      for (Index i = 0; i < j; ++i)
        unserved += std::abs(cosines(i, j)) > served && std::abs(cosines(i, j)) < 1;
    return terms < 16384 && work.series(2 * terms) < work.plane(unserved);
  };
  for (Index terms = 32;; terms *= 2) {
    SeriesFamily<Scalar, components> family{std::vector<HermiteSeries<Scalar, components>>(count), terms, 1};
    Eigen::Array<Scalar, Eigen::Dynamic, 1> missing = Eigen::Array<Scalar, Eigen::Dynamic, 1>::Zero(terms);
    const auto served_by = [&](Index n) {
      return std::min(Scalar(1),
                      std::pow(quadrature_tolerance<Scalar> / missing[n - 1], 1 / static_cast<Scalar>(n)));
    };
    bool go_on = false;
    for (std::size_t i = count; i-- > 0 && !go_on;) {  // the largest variance needs most terms: it goes first
      family.members[i] = hermite_series(f, panels, std::sqrt(ascending_variances[i]), terms);
      missing = missing.max(family.members[i].missing());
      family.served = served_by(terms);
      if (i + 1 == count || i == 0) go_on = family.served < wanted && more_terms_pay(family.served, terms);
    }
    if (go_on) continue;
    while (family.terms > 1 && family.served >= wanted && served_by(family.terms - 1) >= wanted)
      --family.terms;
    family.served = served_by(family.terms);
    return family;
  }
}

/// Σ_k a_k(i) a_k(j) ρᵢⱼᵏ for all pairs i ≤ j of rows, one matrix per component.
/// Rows are taken eight at a time, so that every entry sees the same operations in the same order.
template <class Scalar, int Components, std::size_t count_of_components>
void sum_series(const SeriesFamily<Scalar, Components>& family, const std::vector<std::size_t>& member_of_row,
                const Matrix<Scalar>& cosines, std::array<Matrix<Scalar>, count_of_components>& sums) {
  constexpr Index width = 8;
  using Block = Eigen::Array<Scalar, width, 1>;
  const auto coefficients = [&](Index row) -> const auto& {
    return family.members[member_of_row[static_cast<std::size_t>(row)]].coefficients;
  };
  const Index rows = cosines.cols();
  Eigen::Array<Scalar, width, Eigen::Dynamic> table(width, Components * family.terms);
  for (Index first = 0; first < rows; first += width) {
    const Index count = std::min(width, rows - first);
    for (Index i = 0; i < width; ++i)  // past the last row the last one is repeated
      table.row(i) =
          coefficients(first + std::min(i, count - 1)).leftCols(family.terms).reshaped().transpose();
    for (Index j = first; j < rows; ++j) {
      const auto& other = coefficients(j);
      Block rho = Block::Zero();
      rho.head(count) = cosines.col(j).segment(first, count).array();
      Block power = Block::Ones();
      std::array<Block, count_of_components> sum;
      sum.fill(Block::Zero());
      for (Index k = 0; k < family.terms; ++k) {
        for (Index c = 0; c < Components; ++c)
          sum[static_cast<std::size_t>(c)] += power * (table.col(k * Components + c) * other(c, k));
        power *= rho;
      }
      for (std::size_t c = 0; c < sum.size(); ++c)
        sums[c].col(j).segment(first, count) = sum[c].head(count).matrix();
    }
  }
}

}  // namespace detail

}  // namespace widthwise
