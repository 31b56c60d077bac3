// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/activation/sine.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = cos x.
struct Cosine {
  static constexpr std::string_view name = "cosine";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::cos(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return -std::sin(x);
  }

  /// ⟨σσ⟩ = e^−(K₁₁+K₂₂)/2 cosh K₁₂ and ⟨σ'σ'⟩ = e^−(K₁₁+K₂₂)/2 sinh K₁₂.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    const auto [sine, cosine] = detail::sine_and_cosine(covariance);
    return {cosine, sine};
  }
};

}  // namespace widthwise
