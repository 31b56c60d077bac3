// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>

#include "widthwise/gaussian/pair_grid.hpp"

namespace widthwise {

/// How far an interpolated expectation may be off, relative to its largest value; sampling errors are well
/// above it.
inline constexpr double row_pair_accuracy = 1e-5;

/// The same behind a causal mask, where draws are few and nodes take most of the time: it falls with the
/// draws as sampling errors do, from 1e-3 at 128. What interpolation really leaves is far below this bound
/// (docs/performance.md).
inline double causal_row_pair_accuracy(Index draws) {
  return std::clamp(0.128 / static_cast<double>(draws), row_pair_accuracy, 1e-3);
}

namespace detail {

/// Chebyshev nodes enough for a function that is analytic up to the given point, in units of the interval
/// [−1, 1].
///
/// Coefficients fall as 1/rⁿ with r the sum of the half axes of the ellipse through that point.
inline Index chebyshev_nodes(std::complex<double> singularity, double accuracy) {
  const auto root = std::sqrt(singularity * singularity - 1.0);
  const double r = std::max(std::abs(singularity + root), std::abs(singularity - root));
  return std::max(Index{1}, static_cast<Index>(std::ceil(std::log(2 / accuracy) / std::log(r))));
}

}  // namespace detail

/// The row pairs at which softmax expectations are computed: a pair of rows matters only through the
/// deviations √F₁₁, √F₂₂ of its logits and their correlation ρ (theory §4c).
///
/// `key_variance` is the largest variance of a logit, less the mean over its row, at unit F₁₁. Nodes enough:
/// as a function of ρ, E[pᵀFq] falls off like one with a singularity 3/(4 variance) beyond ρ = 1, and as a
/// function of a deviation like one with singularities at ±i√(3/(4 variance)); measured with 3 to 64 keys and
/// variances up to 64. (The coefficients of a table itself cannot tell: beyond its first few they are
/// sampling noise.)
template <class Scalar>
PairGrid<Scalar> row_pair_grid(const Matrix<Scalar>& queries, TokenLayout layout, double key_variance,
                               double accuracy = row_pair_accuracy) {
  PairGrid<Scalar> grid(queries, layout);
  const auto least = static_cast<double>(grid.range().least_deviation);
  const auto most = static_cast<double>(grid.range().largest_deviation);
  const double variance = std::max(key_variance, 1e-9);
  PairNodes nodes{1, 1};
  if (most > least) {
    const double half = (most - least) / 2, middle = (most + least) / 2;
    nodes.deviations = detail::chebyshev_nodes({middle / half, std::sqrt(0.75 / variance) / half}, accuracy);
  }
  const double half = static_cast<double>(1 - grid.range().lowest_correlation) / 2;
  // At least the two ends: a row with itself, and the least alike.
  if (half > 0)
    nodes.correlations =
        std::max(Index{2},
                 detail::chebyshev_nodes(1 + 0.75 / std::max(variance * most * most, 1e-9) / half, accuracy));
  grid.set_nodes(nodes);
  return grid;
}

}  // namespace widthwise
