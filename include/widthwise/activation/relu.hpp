// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/activation/leaky_relu.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = max(x, 0), with σ'(0) = 1/2, the limit of small variances.
struct Relu {
  static constexpr std::string_view name = "relu";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x < 0 ? Scalar(0) : x;
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return x < 0 ? Scalar(0) : x > 0 ? Scalar(1) : Scalar(0.5);
  }
  static constexpr std::array<double, 1> kinks() { return {0.0}; }

  /// With ρ = cos θ: ⟨σσ⟩ = √(K₁₁K₂₂) (sin θ + (π − θ) cos θ)/2π and ⟨σ'σ'⟩ = (π − θ)/2π.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    return detail::kinked_line(Scalar(0.5), Scalar(0.5), covariance);
  }
};

}  // namespace widthwise
