// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = eˣ.
struct Exponential {
  static constexpr std::string_view name = "exponential";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::exp(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return std::exp(x);
  }

  /// ⟨σσ⟩ = ⟨σ'σ'⟩ = e^(K₁₁+K₂₂)/2+K₁₂; infinite where that exceeds the Scalar's range.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    const Scalar moment = std::exp((covariance.first + covariance.second) / 2 + covariance.cross);
    return {moment, moment};
  }
};

}  // namespace widthwise
