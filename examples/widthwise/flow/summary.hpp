// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "widthwise/network/flow.hpp"

namespace widthwise::program {

/// The mean of G₁₂/√(G₁₁G₂₂) over pairs of different rows; rows without variance are left out.
/// Nothing where fewer than two rows have variance.
std::optional<double> mean_correlation(const Matrix<double>& kernel);

/// Such as "2 samples of 196 tokens", or "2 samples of 5 to 9 tokens".
std::string layout_text(const TokenLayout& layout);

/// The same of what a flow was shown; of an encoder–decoder such as "1 sample of 9 tokens to 1 sample of 5
/// tokens".
std::string samples_text(const Flow<double>& flow);

/// Whether a flow is that of an encoder–decoder, whose blocks belong to one of two parts.
bool has_parts(const Flow<double>& flow);

/// The mean over rows of a kernel's diagonal.
inline double mean_diagonal(const Matrix<double>& kernel) {
  return kernel.diagonal().mean();
}

/// A group's name without its block, as "Q" of "block7.Q" and "encoder.Q" of "encoder.block7.Q".
std::string family_of(const GroupFlow<double>& group);

/// The position in `flow.blocks` of the block that a group belongs to; a tied embedding belongs to the stem.
std::size_t block_of(const Flow<double>& flow, const GroupFlow<double>& group);

/// The groups of one name in all blocks, taken together.
struct GroupFamily {
  std::string name;  ///< Q, K, …, without a block but with its part
  std::size_t tensors = 0;
  double parameters = 0;
  double tangent = 0;           ///< sum of the shares in the mean diagonal of the output's tangent kernel
  double squared_gradient = 0;  ///< sum

  /// Root mean square of an entry of the gradient.
  double per_parameter() const;
};

/// All families in the order in which they first occur in the network.
std::vector<GroupFamily> group_families(const Flow<double>& flow);

/// For every block, the sum of the shares of its groups in the mean diagonal of the output's tangent kernel.
std::vector<double> block_shares(const Flow<double>& flow);

}  // namespace widthwise::program
