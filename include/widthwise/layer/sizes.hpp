// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <vector>

#include "widthwise/kernel/matrix.hpp"
#include "widthwise/scaling/parameter_group.hpp"

namespace widthwise {

/// The widths that all blocks of a network share.
struct Sizes {
  Index width = 1;  ///< n
  Index heads = 1;  ///< H; every head has C = n/H channels

  /// n as it stands in orders and fan-ins.
  Monomial n() const { return {"n", static_cast<double>(width)}; }
};

}  // namespace widthwise
