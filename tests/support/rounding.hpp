// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <type_traits>

#include "widthwise/attention/row_pair.hpp"

namespace widthwise::test {

/// To what part of the largest entry an engine's laws hold: behind a causal mask RowPair sums in single
/// precision.
template <class Engine>
double rounding_of(const Mask& mask) {
  return std::is_same_v<Engine, RowPair> && mask.kind() == Mask::Kind::causal
             ? 4 * static_cast<double>(std::numeric_limits<float>::epsilon())
             : 1e-12;
}

}  // namespace widthwise::test
