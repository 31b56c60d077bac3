// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/pair_grid.hpp"

namespace widthwise {

/// ⟨σσ⟩ and ⟨σ'σ'⟩ for all pairs of rows of a kernel, N×N and exactly symmetric.
template <class Scalar>
struct ActivationKernels {
  Matrix<Scalar> value, derivative;
};

namespace detail {

/// The error that is left when a series ends: its next coefficient, as it falls from one to the next.
template <class Scalar>
Scalar next_coefficient(Scalar before, Scalar last) {
  return before > 0 ? last * std::min(last / before, Scalar(1)) : last;
}

/// Nodes with which a table would be as accurate as asked for, going by the Chebyshev coefficients that it
/// has; the same as it has where it is.
template <class Scalar>
PairNodes nodes_wanted(const PairGrid<Scalar>& grid, const Matrix<Scalar>& table, Scalar accuracy) {
  const Index m = grid.deviations().size(), k = grid.correlations().size();
  Scalar largest = 0;
  Vector<Scalar> along_deviations = Vector<Scalar>::Zero(m), along_correlations = Vector<Scalar>::Zero(k);
  for (Index first = 0; first < m; ++first) {
    // Coefficients in the correlation and the second deviation.
    const Matrix<Scalar> series = (grid.correlation_coefficients() * table.row(first).reshaped(k, m) *
                                   grid.deviation_coefficients().transpose())
                                      .cwiseAbs();
    largest = std::max(largest, series.maxCoeff());
    along_correlations = along_correlations.cwiseMax(series.rowwise().maxCoeff());
    along_deviations = along_deviations.cwiseMax(series.colwise().maxCoeff().transpose());
  }
  PairNodes nodes{m, k};
  // Every other coefficient in the correlation may vanish.
  if (k > 3 && std::max(along_correlations(k - 1), along_correlations(k - 2)) > accuracy * largest)
    nodes.correlations = k + k / 2;
  if (m > 1 && next_coefficient(along_deviations(m - 2), along_deviations(m - 1)) > accuracy * largest)
    nodes.deviations = m + 1;
  return nodes;
}

}  // namespace detail

/// Both expectations for all pairs of rows by interpolation, where few nodes in the rows' deviations and
/// correlations are enough: behind layer norm, where deviations are all but the same, and for σ without kinks
/// (theory §9).
///
/// `at_nodes(deviations, correlations)` gives the two tables of a PairGrid of one sample. Nodes are added
/// until the Chebyshev coefficients of both have fallen to epsilon^0.7, 10⁻¹¹ in double, of the largest;
/// where that takes so many that a table does not pay, or a correlation is far outside [−1, 1], nothing is
/// returned.
template <class Scalar, class AtNodes>
std::optional<ActivationKernels<Scalar>> tabulated(const Matrix<Scalar>& covariance, AtNodes&& at_nodes) {
  const Index rows = covariance.rows();
  const Scalar accuracy = std::pow(std::numeric_limits<Scalar>::epsilon(), static_cast<Scalar>(0.7));
  const Vector<Scalar> deviations = covariance.diagonal().cwiseSqrt();
  for (Index j = 0; j < rows; ++j)
    if ((covariance.col(j).cwiseAbs() - (1 + accuracy) * deviations(j) * deviations).maxCoeff() > 0)
      return std::nullopt;

  PairGrid<Scalar> grid(covariance, {1, rows});
  for (PairNodes nodes{2, 10}; nodes.deviations <= 4 && nodes.correlations <= 34;) {
    grid.set_nodes(nodes);
    const std::array<Matrix<Scalar>, 2> tables = at_nodes(grid.deviations(), grid.correlations());
    const PairNodes one = detail::nodes_wanted(grid, tables[0], accuracy),
                    other = detail::nodes_wanted(grid, tables[1], accuracy);
    const PairNodes wanted{std::max(one.deviations, other.deviations),
                           std::max(one.correlations, other.correlations)};
    if (wanted.deviations == grid.deviations().size() && wanted.correlations == grid.correlations().size()) {
      auto kernels = grid.interpolate(tables);
      return ActivationKernels<Scalar>{std::move(kernels[0]), std::move(kernels[1])};
    }
    nodes = {std::max(nodes.deviations, wanted.deviations),
             std::max(nodes.correlations, wanted.correlations)};
  }
  return std::nullopt;
}

}  // namespace widthwise
