// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <functional>
#include <utility>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"
#include "widthwise/gaussian/product_expectation.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// ⟨σσ⟩ and ⟨σ'σ'⟩ for all pairs of rows of a kernel, N×N and exactly symmetric.
template <class Scalar>
struct ActivationKernels {
  Matrix<Scalar> value, derivative;
};

/// Both expectations for every pair of rows of the preactivations' covariance (N×N), theory §9; Eq. (1.77).
///
/// Uses the activation's closed form where it has one, otherwise the methods of `product_expectations`,
/// accurate to `quadrature_tolerance`. Only the upper triangle of the covariance enters. Throws
/// std::invalid_argument for a covariance that is not finite, symmetric and admissible pair by pair,
/// std::runtime_error where σ cannot be resolved or the accuracy is out of reach.
template <class Scalar, Activation<Scalar> A>
ActivationKernels<Scalar> expectation(const A& activation, const Matrix<Scalar>& covariance) {
  const Index rows = covariance.rows();
  require_kernel(covariance, rows, "covariance");
  if constexpr (ClosedForm<A, Scalar>) {
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
