// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numbers>
#include <string_view>

#include "widthwise/activation/logistic.hpp"

namespace widthwise {

/// σ(x) = x/2 · (1 + tanh u) with u = √(2/π)(x + 0.044715x³): the approximation of GELU by tanh.
struct GeluTanh {
  static constexpr std::string_view name = "tanh-gelu";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x * detail::logistic(2 * argument(x));
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    const Scalar gate = detail::logistic(2 * argument(x));
    const Scalar slope = root<Scalar>() * (1 + 3 * cubic<Scalar> * x * x);
    return gate * (1 + 2 * x * slope * detail::logistic(-2 * argument(x)));
  }

 private:
  template <class Scalar>
  static constexpr Scalar cubic = static_cast<Scalar>(0.044715L);
  template <class Scalar>
  static Scalar root() {
    return std::numbers::sqrt2_v<Scalar> * std::numbers::inv_sqrtpi_v<Scalar>;
  }
  template <class Scalar>
  static Scalar argument(Scalar x) {
    return root<Scalar>() * x * (1 + cubic<Scalar> * x * x);
  }
};

}  // namespace widthwise
