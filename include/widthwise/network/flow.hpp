// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "widthwise/kernel/estimate.hpp"
#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// The kernels at the output of one block, N×N each; indices count from 1 (the stem) to L (the head before
/// pooling).
template <class Scalar>
struct BlockFlow {
  std::string part;                     ///< "encoder" or "decoder" of a network that has both; else empty
  Index index;                          ///< in its part
  std::string kind;                     ///< "stem", "attention", "cross-attention", "mlp", "norm" or "head"
  TokenLayout layout;                   ///< of its rows
  Estimate<Matrix<Scalar>> forward;     ///< G, covariance per channel (Eq. 1.35)
  Estimate<Matrix<Scalar>> normalized;  ///< F of the signal the block reads (Eq. 1.36); G itself for the stem
  Estimate<Matrix<Scalar>> tangent;     ///< Θ, mean neural tangent kernel (Eq. 1.97)
  Estimate<Matrix<Scalar>> backward;    ///< B, covariance of the mean output's gradient (theory §6)
};

/// What one parameter group does to the output, averaged over the output's rows (theory §6).
template <class Scalar>
struct GroupFlow {
  std::string name;  ///< as in "block7.Q"; stem and head groups carry no block
  double parameters;
  Estimate<Scalar> tangent;           ///< share in the mean diagonal of the output's tangent kernel
  Estimate<Scalar> squared_gradient;  ///< expected Σ_μ (∂output/∂θ_μ)², no learning rate in it
  Estimate<Scalar> per_parameter;     ///< √(squared_gradient / parameters)
};

/// The record of one flow through a network: every kernel at every block, and every group's share of the
/// output.
template <class Scalar>
struct Flow {
  TokenLayout layout;
  std::vector<BlockFlow<Scalar>> blocks;
  Estimate<Matrix<Scalar>> output_forward;  ///< G after pooling
  Estimate<Matrix<Scalar>> output_tangent;  ///< Θ after pooling
  std::vector<GroupFlow<Scalar>> groups;

  Scalar forward_error = 0;   ///< largest standard error in any G, relative to that kernel's largest entry
  Scalar tangent_error = 0;   ///< the same of Θ
  Scalar backward_error = 0;  ///< the same of B, which no tolerance is asked of
  Index replicates = 1;   ///< independent repetitions of the whole flow that the standard errors come from
  Index draws = 0;        ///< draws of each replicate in the sampled block with most of them
  bool converged = true;  ///< whether both errors are within the tolerance that was asked for

  /// The group of that name, as in "block7.Q". Throws std::invalid_argument where there is none.
  const GroupFlow<Scalar>& group(std::string_view name) const {
    for (const auto& group : groups)
      if (group.name == name) return group;
    detail::reject("the flow has no group \"", name, "\"");
  }

  /// The share of a group in the mean diagonal of the output's tangent kernel.
  const Estimate<Scalar>& share(std::string_view name) const { return group(name).tangent; }
};

}  // namespace widthwise
