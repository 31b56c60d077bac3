// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <array>
#include <functional>
#include <utility>

#include "widthwise/activation/activation.hpp"
#include "widthwise/activation/tabulated.hpp"
#include "widthwise/gaussian/covariance.hpp"
#include "widthwise/gaussian/product_expectation.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

namespace detail {

/// Below this a table costs more than the entries.
inline constexpr Index rows_worth_a_table = 48;

/// Both expectations for every pair of rows, each on its own account.
template <class Scalar, Activation<Scalar> A>
ActivationKernels<Scalar> entrywise_expectation(const A& activation, const Matrix<Scalar>& covariance) {
  if constexpr (ClosedForm<A, Scalar>) {
    const Index rows = covariance.rows();
    ActivationKernels<Scalar> kernels{Matrix<Scalar>(rows, rows), Matrix<Scalar>(rows, rows)};
    for (Index j = 0; j < rows; ++j)
      for (Index i = 0; i <= j; ++i) {
        const PairExpectation<Scalar> entry = activation.expectation(
            admissible(Covariance2<Scalar>{covariance(i, i), covariance(j, j), covariance(i, j)}));
        kernels.value(i, j) = kernels.value(j, i) = entry.value;
        kernels.derivative(i, j) = kernels.derivative(j, i) = entry.derivative;
      }
    return kernels;
  } else {
    // A std::function, so that the integrals are compiled once for all activations.
    const std::function<Eigen::Array<Scalar, 2, 1>(Scalar)> both = [&](Scalar x) {
      return Eigen::Array<Scalar, 2, 1>(static_cast<Scalar>(activation(x)),
                                        static_cast<Scalar>(activation.derivative(x)));
    };
    auto [value, derivative] = product_expectations(both, kinks<Scalar>(activation), covariance);
    return {std::move(value), std::move(derivative)};
  }
}

/// The same at the nodes of a PairGrid of one sample: its tables, of σ and of σ'.
template <class Scalar, Activation<Scalar> A>
std::array<Matrix<Scalar>, 2> activation_tables(const A& activation, const Vector<Scalar>& deviations,
                                                const Vector<Scalar>& correlations) {
  const Index m = deviations.size(), k = correlations.size();
  if constexpr (ClosedForm<A, Scalar>) {
    std::array<Matrix<Scalar>, 2> tables{Matrix<Scalar>(m, m * k), Matrix<Scalar>(m, m * k)};
    for (Index first = 0; first < m; ++first)
      for (Index second = 0; second < m; ++second)
        for (Index correlation = 0; correlation < k; ++correlation) {
          const Scalar one = deviations(first), other = deviations(second);
          const PairExpectation<Scalar> entry = activation.expectation(admissible(
              Covariance2<Scalar>{one * one, other * other, correlations(correlation) * one * other}));
          tables[0](first, second * k + correlation) = entry.value;
          tables[1](first, second * k + correlation) = entry.derivative;
        }
    return tables;
  } else {
    // One row for every deviation, and one for every deviation and correlation: each pair that meets is a
    // node.
    Matrix<Scalar> nodes = Matrix<Scalar>::Zero(m + m * k, m + m * k);
    for (Index first = 0; first < m; ++first) {
      nodes(first, first) = deviations(first) * deviations(first);
      for (Index second = 0; second < m; ++second)
        for (Index correlation = 0; correlation < k; ++correlation) {
          const Index node = m + second * k + correlation;
          nodes(node, node) = deviations(second) * deviations(second);
          nodes(first, node) = nodes(node, first) =
              correlations(correlation) * deviations(first) * deviations(second);
        }
    }
    const auto kernels = entrywise_expectation(activation, nodes);
    return {kernels.value.topRightCorner(m, m * k), kernels.derivative.topRightCorner(m, m * k)};
  }
}

}  // namespace detail

/// Both expectations for every pair of rows of the preactivations' covariance (N×N), theory §9; Eq. (1.77).
///
/// Uses the activation's closed form where it has one, otherwise the methods of `product_expectations`,
/// accurate to `quadrature_tolerance`. Many rows of nearly the same variance share a table, accurate to
/// epsilon^0.7 (10⁻¹¹ in double) of the largest entry. Only the upper triangle of the covariance enters.
/// Throws std::invalid_argument for a covariance that is not finite, symmetric and admissible pair by pair,
/// std::runtime_error where σ cannot be resolved or the accuracy is out of reach.
template <class Scalar, Activation<Scalar> A>
ActivationKernels<Scalar> expectation(const A& activation, const Matrix<Scalar>& covariance) {
  const Index rows = covariance.rows();
  require_kernel(covariance, rows, "covariance");
  if (rows >= detail::rows_worth_a_table && kinks<Scalar>(activation).empty()) {
    auto kernels =
        tabulated(covariance, [&](const Vector<Scalar>& deviations, const Vector<Scalar>& correlations) {
          return detail::activation_tables(activation, deviations, correlations);
        });
    if (kernels) return std::move(*kernels);
  }
  return detail::entrywise_expectation(activation, covariance);
}

/// Both expectations for one pair of preactivations; see the matrix version.
template <class Scalar, Activation<Scalar> A>
PairExpectation<Scalar> expectation(const A& activation, const Covariance2<Scalar>& covariance) {
  const Covariance2<Scalar> pair = admissible(covariance);
  if constexpr (ClosedForm<A, Scalar>) {
    return activation.expectation(pair);
  } else {
    Matrix<Scalar> kernel(2, 2);
    kernel << pair.first, pair.cross, pair.cross, pair.second;
    const auto kernels = expectation(activation, kernel);
    return {kernels.value(0, 1), kernels.derivative(0, 1)};
  }
}

}  // namespace widthwise
