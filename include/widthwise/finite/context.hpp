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

/// What a decoder's layers need besides: the encoder's output. It must outlive what is made of it.
template <class Scalar>
struct FiniteDecoderContext : FiniteContext<Scalar> {
  TokenLayout memory_layout;
  const Matrix<Scalar>& memory;
};

}  // namespace widthwise
