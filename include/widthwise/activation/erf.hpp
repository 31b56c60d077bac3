// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = erf x.
struct Erf {
  static constexpr std::string_view name = "erf";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::erf(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return 2 * std::numbers::inv_sqrtpi_v<Scalar> * std::exp(-x * x);
  }

  /// With D = (1 + 2K₁₁)(1 + 2K₂₂) − 4K₁₂²: ⟨σσ⟩ = (2/π) atan(2K₁₂/√D) (Williams 1997), ⟨σ'σ'⟩ = 4/(π√D).
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    const Scalar root =
        std::sqrt(1 + 2 * (covariance.first + covariance.second) + 4 * determinant(covariance));
    const Scalar unit = 2 * std::numbers::inv_pi_v<Scalar>;
    return {unit * std::atan2(2 * covariance.cross, root), 2 * unit / root};
  }
};

}  // namespace widthwise
