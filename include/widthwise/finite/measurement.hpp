// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "widthwise/finite/logits.hpp"

namespace widthwise {

/// Kernels of one block, measured on networks of finite width; the counterpart of BlockFlow.
template <class Scalar>
struct MeasuredBlock {
  std::string part;  ///< "encoder" or "decoder" of a network that has both; else empty
  Index index;       ///< in its part
  std::string kind;
  TokenLayout layout;                   ///< of its rows
  Estimate<Matrix<Scalar>> forward;     ///< G: z·z'/n, for the head the mean over the outputs looked at
  Estimate<Matrix<Scalar>> normalized;  ///< F: s·s'/n of the signal that the block reads; G for the stem
  Estimate<Matrix<Scalar>> backward;    ///< B; empty for the head
  /// n (mean over channels of z)², N×1, of what the block puts out: tends to the diagonal of G, so layer norm
  /// takes away a part 1/n of the variance; zero behind a layer norm. Empty for the head.
  Estimate<Matrix<Scalar>> squared_mean;
};

/// One parameter group, measured; the counterpart of GroupFlow.
template <class Scalar>
struct MeasuredGroup {
  std::string name;
  double parameters;
  Estimate<Matrix<Scalar>> kernel;  ///< its part of the output's tangent kernel, Λ and 1/order in it
  Estimate<Scalar> tangent;         ///< mean diagonal of that
  Estimate<Scalar> squared_gradient;
  Estimate<Scalar> per_parameter;
};

/// What random networks of one finite width do; the counterpart of Flow, with standard errors over networks.
template <class Scalar>
struct Measurement {
  TokenLayout layout;
  Index networks = 0;
  std::vector<MeasuredBlock<Scalar>> blocks;
  Estimate<Matrix<Scalar>> output_forward, output_tangent;  ///< after pooling
  std::vector<MeasuredGroup<Scalar>> groups;
  std::vector<MeasuredLogits<Scalar>> logits;  ///< of every attention block, where they were asked for

  /// The group of that name, as in "block7.Q". Throws std::invalid_argument where there is none.
  const MeasuredGroup<Scalar>& group(std::string_view name) const {
    for (const auto& group : groups)
      if (group.name == name) return group;
    detail::reject("nothing was measured of a group \"", name, "\"");
  }
};

}  // namespace widthwise
