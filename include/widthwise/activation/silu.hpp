// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "widthwise/activation/logistic.hpp"

namespace widthwise {

/// σ(x) = x/(1 + e⁻ˣ): the sigmoid linear unit, or swish.
struct Silu {
  static constexpr std::string_view name = "silu";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x * detail::logistic(x);
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return detail::logistic(x) * (1 + x * detail::logistic(-x));
  }
};

}  // namespace widthwise
