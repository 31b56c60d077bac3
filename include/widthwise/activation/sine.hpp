// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

namespace detail {

/// E[sin x sin y] = e^−(K₁₁+K₂₂)/2 sinh K₁₂ and E[cos x cos y], which has cosh: from the variances of x ± y
/// alone.
template <class Scalar>
PairExpectation<Scalar> sine_and_cosine(const Covariance2<Scalar>& covariance) {
  const Scalar size = std::abs(covariance.cross);
  const Scalar envelope = std::exp(-((covariance.first - size) + (covariance.second - size)) / 2) / 2;
  return {std::copysign(-envelope * std::expm1(-2 * size), covariance.cross),
          envelope * (1 + std::exp(-2 * size))};
}

}  // namespace detail

/// σ(x) = sin x.
struct Sine {
  static constexpr std::string_view name = "sine";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::sin(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return std::cos(x);
  }

  /// ⟨σσ⟩ = e^−(K₁₁+K₂₂)/2 sinh K₁₂ and ⟨σ'σ'⟩ = e^−(K₁₁+K₂₂)/2 cosh K₁₂.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    return detail::sine_and_cosine(covariance);
  }
};

}  // namespace widthwise
