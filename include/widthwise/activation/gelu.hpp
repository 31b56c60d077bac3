// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = x Φ(x) with the normal distribution function Φ: the exact GELU.
struct Gelu {
  static constexpr std::string_view name = "gelu";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x * distribution(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    const Scalar density =
        std::exp(-x * x / 2) * std::numbers::inv_sqrtpi_v<Scalar> / std::numbers::sqrt2_v<Scalar>;
    return distribution(x) + x * density;
  }

  /// With D = (1 + K₁₁)(1 + K₂₂) − K₁₂², P = 1/(2π√D) and E[ΦΦ] = 1/4 + atan(K₁₂/√D)/2π:
  ///   ⟨σσ⟩ = K₁₂ E[ΦΦ] + P (det K + K₁₂²/(1 + K₁₁) + K₁₂²/(1 + K₂₂)),
  ///   ⟨σ'σ'⟩ = E[ΦΦ] + P K₁₂ (1/(1 + K₁₁) + 1/(1 + K₂₂) + 1/D),
  /// from Stein's lemma, as a density times a Gaussian is a Gaussian again.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    const Scalar det = determinant(covariance), cross = covariance.cross;
    const Scalar d = 1 + (covariance.first + covariance.second) + det;
    const Scalar turn = std::numbers::inv_pi_v<Scalar> / 2;
    const Scalar p = turn / std::sqrt(d);
    const Scalar both = Scalar(0.25) + turn * std::atan2(cross, std::sqrt(d));
    const Scalar shrinkage = 1 / (1 + covariance.first) + 1 / (1 + covariance.second);
    return {cross * both + p * (det + cross * cross * shrinkage), both + p * cross * (shrinkage + 1 / d)};
  }

 private:
  template <class Scalar>
  static Scalar distribution(Scalar x) {
    return std::erfc(-x / std::numbers::sqrt2_v<Scalar>) / 2;
  }
};

}  // namespace widthwise
