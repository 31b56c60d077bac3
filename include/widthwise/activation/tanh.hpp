// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

namespace widthwise {

/// σ(x) = tanh x.
struct Tanh {
  static constexpr std::string_view name = "tanh";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::tanh(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    const Scalar secant = 1 / std::cosh(x);
    return secant * secant;
  }
};

}  // namespace widthwise
