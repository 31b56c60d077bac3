// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Which (sample, token) every kernel row stands for: samples one after the other, each with its own tokens.
///
/// `{samples, tokens}` are samples of one length; those of `of_lengths` may differ. Padding has no rows:
/// nothing that is real depends on it.
struct TokenLayout {
  Index samples = 1;
  Index tokens = 1;  ///< of every sample, or of the longest
  std::vector<Index> starts =
      {};  ///< where lengths differ: the first row of every sample, and the end of all

  /// Samples of the given numbers of tokens.
  static TokenLayout of_lengths(const std::vector<Index>& lengths) {
    TokenLayout layout{static_cast<Index>(lengths.size()), 0};
    for (const Index length : lengths) layout.tokens = std::max(layout.tokens, length);
    if (std::all_of(lengths.begin(), lengths.end(), [&](Index length) { return length == layout.tokens; }))
      return layout;
    layout.starts = {0};
    for (const Index length : lengths) layout.starts.push_back(layout.starts.back() + length);
    return layout;
  }

  /// Whether all samples have as many tokens.
  bool same_length() const { return starts.empty(); }

  Index rows() const { return same_length() ? samples * tokens : starts.back(); }
  Index first_row(Index sample) const {
    return same_length() ? sample * tokens : starts[static_cast<std::size_t>(sample)];
  }
  /// The tokens of a sample.
  Index length(Index sample) const {
    return same_length() ? tokens : first_row(sample + 1) - first_row(sample);
  }
  Index sample(Index row) const {
    return same_length() ? row / tokens
                         : std::upper_bound(starts.begin(), starts.end(), row) - starts.begin() - 1;
  }
  Index position(Index row) const { return row - first_row(sample(row)); }

  /// The tokens of every sample.
  std::vector<Index> lengths() const {
    std::vector<Index> all;
    for (Index a = 0; a < samples; ++a) all.push_back(length(a));
    return all;
  }

  bool operator==(const TokenLayout&) const = default;
};

/// 1[t₁=t₂]: one where two rows have the same token position, whatever their samples (N×N).
template <class Scalar>
Matrix<Scalar> same_position(const TokenLayout& layout) {
  Matrix<Scalar> indicator = Matrix<Scalar>::Zero(layout.rows(), layout.rows());
  for (Index a = 0; a < layout.samples; ++a)
    for (Index b = 0; b < layout.samples; ++b)
      indicator.block(layout.first_row(a), layout.first_row(b), layout.length(a), layout.length(b))
          .diagonal()
          .setOnes();
  return indicator;
}

}  // namespace widthwise
