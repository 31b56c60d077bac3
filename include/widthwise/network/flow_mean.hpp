// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "widthwise/kernel/student.hpp"
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
      draws_ = replicate.draws;
      for (const auto& share : replicate.shares) groups_.push_back(share.group);
      blocks_.resize(replicate.blocks.size());
      for (const auto& block : replicate.blocks) names_.push_back({block.part, block.kind, block.layout});
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      auto& block = replicate.blocks[i];
      blocks_[i].forward.add(std::move(block.forward));
      blocks_[i].normalized.add(std::move(block.normalized));
      blocks_[i].tangent.add(std::move(block.tangent));
      blocks_[i].backward.add(std::move(block.backward));
    }
    output_forward_.add(replicate.output_forward);
    output_tangent_.add(replicate.output_tangent);
    Matrix<Scalar> shares(static_cast<Index>(replicate.shares.size()), 1);
    for (Index i = 0; i < shares.rows(); ++i) shares(i) = replicate.shares[static_cast<std::size_t>(i)].value;
    shares_.add(shares);
    ++count_;
  }

  /// Names of the groups, and their shares as one column.
  const std::vector<std::string>& groups() const { return groups_; }
  Estimate<Matrix<Scalar>> shares() const { return shares_.estimate(widening()); }

  /// The flow without its groups.
  Flow<Scalar> flow() && {
    Flow<Scalar> flow;
    flow.layout = layout_;
    flow.output_forward = std::move(output_forward_).estimate(widening());
    flow.output_tangent = std::move(output_tangent_).estimate(widening());
    flow.forward_error = relative_error(flow.output_forward);
    flow.tangent_error = relative_error(flow.output_tangent);
    flow.replicates = count_;
    flow.draws = draws_;
    Index index = 0;  // in its part of the network
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      auto& means = blocks_[i];
      index = i > 0 && names_[i].part == names_[i - 1].part ? index + 1 : 1;
      flow.blocks.push_back(
          {names_[i].part, index, names_[i].kind, names_[i].layout,
           std::move(means.forward).estimate(widening()), std::move(means.normalized).estimate(widening()),
           std::move(means.tangent).estimate(widening()), std::move(means.backward).estimate(widening())});
      const auto& block = flow.blocks.back();
      flow.forward_error = std::max(flow.forward_error, relative_error(block.forward));
      flow.tangent_error = std::max(flow.tangent_error, relative_error(block.tangent));
      flow.backward_error = std::max(flow.backward_error, relative_error(block.backward));
    }
    return flow;
  }

 private:
  Scalar widening() const { return static_cast<Scalar>(student_widening(count_)); }

  struct Name {
    std::string part, kind;
    TokenLayout layout;
  };
  struct Means {
    ReplicateMean<Scalar> forward, normalized, tangent, backward;
  };
  TokenLayout layout_;
  Index draws_ = 0;
  std::vector<std::string> groups_;
  std::vector<Name> names_;
  std::vector<Means> blocks_;
  ReplicateMean<Scalar> output_forward_, output_tangent_, shares_;
  Index count_ = 0;
};

}  // namespace detail

}  // namespace widthwise
