// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = e^−x²/2.
struct Gaussian {
  static constexpr std::string_view name = "gaussian";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::exp(-x * x / 2);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return -x * std::exp(-x * x / 2);
  }

  /// With D = (1 + K₁₁)(1 + K₂₂) − K₁₂²: ⟨σσ⟩ = D^−1/2 and ⟨σ'σ'⟩ = K₁₂ D^−3/2.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    const Scalar d = 1 + (covariance.first + covariance.second) + determinant(covariance);
    return {1 / std::sqrt(d), covariance.cross / (d * std::sqrt(d))};
  }
};

}  // namespace widthwise
