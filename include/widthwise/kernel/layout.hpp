// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Which (sample, token) every kernel row stands for: row = sample · tokens + token.
struct TokenLayout {
  Index samples = 1;
  Index tokens = 1;

  constexpr Index rows() const { return samples * tokens; }
  constexpr Index first_row(Index sample) const { return sample * tokens; }
  constexpr Index position(Index row) const { return row % tokens; }

  bool operator==(const TokenLayout&) const = default;
};

/// 1[t₁=t₂]: one where two rows have the same token position, whatever their samples (N×N).
template <class Scalar>
Matrix<Scalar> same_position(TokenLayout layout) {
  Matrix<Scalar> indicator = Matrix<Scalar>::Zero(layout.rows(), layout.rows());
  for (Index a = 0; a < layout.samples; ++a)
    for (Index b = 0; b < layout.samples; ++b)
      indicator.block(layout.first_row(a), layout.first_row(b), layout.tokens, layout.tokens)
          .diagonal()
          .setOnes();
  return indicator;
}

}  // namespace widthwise
