// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/layer/context.hpp"

namespace widthwise {

/// The first kernel of a network and the stem's contributions to the first tangent kernel.
template <class Scalar>
struct Embedding {
  TokenLayout layout;  ///< rows of the network: those of the input and a class token where there is one
  Matrix<Scalar> forward;
  std::vector<Contribution<Scalar>> contributions;
};

}  // namespace widthwise
