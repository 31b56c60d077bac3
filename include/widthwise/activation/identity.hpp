// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// σ(x) = x, a linear network: ⟨σσ⟩ = K₁₂, ⟨σ'σ'⟩ = 1.
struct Identity {
  static constexpr std::string_view name = "identity";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x;
  }
  template <class Scalar>
  Scalar derivative(Scalar) const {
    return 1;
  }
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    return {covariance.cross, 1};
  }
};

}  // namespace widthwise
