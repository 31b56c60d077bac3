// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/activation/leaky_relu.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = |x|, with σ'(0) = 0, the limit of small variances.
struct AbsoluteValue {
  static constexpr std::string_view name = "absolute-value";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x < 0 ? -x : x;
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return static_cast<Scalar>((x > 0) - (x < 0));
  }
  static constexpr std::array<double, 1> kinks() { return {0.0}; }

  /// ⟨σσ⟩ = (2/π)(√det K + K₁₂ asin ρ) and ⟨σ'σ'⟩ = (2/π) asin ρ.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    return detail::kinked_line(Scalar(0), Scalar(1), covariance);
  }
};

}  // namespace widthwise
