// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "widthwise/finite/linear.hpp"
#include "widthwise/kernel/layout.hpp"
#include "widthwise/layer/sizes.hpp"

namespace widthwise {

/// What a layer of finite width needs besides its signal. The weights stand in the order of the layer's
/// groups, and must outlive what is made of them.
template <class Scalar>
struct FiniteContext {
  Sizes sizes;
  TokenLayout layout;
  std::span<const Matrix<Scalar>> weights;
};

}  // namespace widthwise
