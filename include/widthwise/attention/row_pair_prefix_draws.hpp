// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// How many of the draws a pair of rows takes that see t and t' keys of samples of T and T' tokens.
///
/// A key weighs most in short rows, and these cost least. So all pairs take the first eighth of the draws,
/// and twice as many where t t' ≤ 2 T T'/4, twice again where t t' ≤ 2 T T'/16, and all of them where
/// t t' ≤ 2 T T'/64. The first half of a scrambled net's points is a net itself.
class PrefixDraws {
 public:
  PrefixDraws(Index draws, TokenLayout layout)
      : layout_(std::move(layout)),
        levels_(std::clamp<Index>(bits(draws) - 2, 0, most_levels)),
        fewest_(draws >> levels_) {}

  /// The level of a draw: the higher, the fewer pairs take it.
  Index level(Index draw) const { return bits(draw / fewest_); }

  /// One past the last draw of a level.
  Index end(Index level) const { return fewest_ << level; }

  /// Of a row of t keys of sample a: how many rows of sample b, from the first on, take a level's draws with
  /// it. Such pairs are the same in either order.
  Index rows(Index level, Index a, Index t, Index b) const {
    const Index all = layout_.length(b);
    return level == 0 ? all : std::min(all, (2 * layout_.length(a) * all >> 2 * level) / t);
  }

  /// One over the number of draws of every pair of rows (N×N).
  template <class Scalar>
  Matrix<Scalar> inverse_counts() const {
    Matrix<Scalar> inverse(layout_.rows(), layout_.rows());
    for (Index b = 0; b < layout_.samples; ++b)
      for (Index a = 0; a < layout_.samples; ++a)
        for (Index t = 1; t <= layout_.length(a); ++t)
          for (Index level = 0; level <= levels_; ++level)
            inverse.row(layout_.first_row(a) + t - 1)
                .segment(layout_.first_row(b), rows(level, a, t, b))
                .setConstant(1 / static_cast<Scalar>(end(level)));
    return inverse;
  }

 private:
  static Index bits(Index number) {
    return static_cast<Index>(std::bit_width(static_cast<std::uint64_t>(number)));
  }

  static constexpr Index most_levels = 3;  // less where not even two draws would be left for all pairs

  TokenLayout layout_;
  Index levels_;
  Index fewest_;
};

}  // namespace widthwise
