// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace widthwise {

namespace detail {

/// 1/(1 + e⁻ˣ), to rounding on both sides.
template <class Scalar>
Scalar logistic(Scalar x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace detail

}  // namespace widthwise
