// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "widthwise/network/flow.hpp"
#include "widthwise/network/replicate_flow.hpp"

namespace widthwise {

namespace detail {

/// Means and standard errors over replicates, taken in as they come.
template <class Scalar>
class FlowMean {
 public:
  void add(ReplicateFlow<Scalar>&& replicate) {
    if (blocks_.empty()) {
      layout_ = replicate.layout;
      sampled_ = replicate.sampled;
      for (const auto& share : replicate.shares) groups_.push_back(share.group);
      blocks_.resize(replicate.blocks.size());
      for (const auto& block : replicate.blocks) kinds_.push_back(block.kind);
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      blocks_[i].forward.add(replicate.blocks[i].forward);
      blocks_[i].normalized.add(replicate.blocks[i].normalized);
      blocks_[i].tangent.add(replicate.blocks[i].tangent);
      blocks_[i].backward.add(replicate.blocks[i].backward);
    }
    output_forward_.add(replicate.output_forward);
    output_tangent_.add(replicate.output_tangent);
    Matrix<Scalar> shares(static_cast<Index>(replicate.shares.size()), 1);
    for (Index i = 0; i < shares.rows(); ++i) shares(i) = replicate.shares[static_cast<std::size_t>(i)].value;
    shares_.add(shares);
    ++count_;
  }

  bool sampled() const { return sampled_; }

  /// Names of the groups, and their shares as one column.
  const std::vector<std::string>& groups() const { return groups_; }
  Estimate<Matrix<Scalar>> shares() const { return shares_.estimate(); }

  /// The flow without its groups.
  Flow<Scalar> flow() const {
    Flow<Scalar> flow;
    flow.layout = layout_;
    flow.output_forward = output_forward_.estimate();
    flow.output_tangent = output_tangent_.estimate();
    flow.forward_error = relative_error(flow.output_forward);
    flow.tangent_error = relative_error(flow.output_tangent);
    flow.replicates = count_;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      flow.blocks.push_back({static_cast<Index>(i) + 1, kinds_[i], blocks_[i].forward.estimate(),
                             blocks_[i].normalized.estimate(), blocks_[i].tangent.estimate(),
                             blocks_[i].backward.estimate()});
      flow.forward_error = std::max(flow.forward_error, relative_error(flow.blocks.back().forward));
      flow.tangent_error = std::max(flow.tangent_error, relative_error(flow.blocks.back().tangent));
    }
    return flow;
  }

 private:
  struct Means {
    ReplicateMean<Scalar> forward, normalized, tangent, backward;
  };
  TokenLayout layout_;
  bool sampled_ = false;
  std::vector<std::string> groups_;
  std::vector<std::string> kinds_;
  std::vector<Means> blocks_;
  ReplicateMean<Scalar> output_forward_, output_tangent_, shares_;
  Index count_ = 0;
};

}  // namespace detail

}  // namespace widthwise
