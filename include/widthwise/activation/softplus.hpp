// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "widthwise/activation/logistic.hpp"

namespace widthwise {

/// σ(x) = log(1 + eˣ).
struct Softplus {
  static constexpr std::string_view name = "softplus";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return std::max(x, Scalar(0)) + std::log1p(std::exp(-std::abs(x)));
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    return detail::logistic(x);
  }
};

}  // namespace widthwise
