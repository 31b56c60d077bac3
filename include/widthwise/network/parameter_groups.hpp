// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "widthwise/network/transformer.hpp"
#include "widthwise/scaling/plan.hpp"

namespace widthwise {

/// Every parameter group of a network as its layers state it, stem first, with its Λ and its block (2 … L−1).
template <class Stem, class Block, class Head>
ModelGroups parameter_groups(const Transformer<Stem, Block, Head>& network) {
  ModelGroups model;
  model.width = network.sizes.n();
  model.tied_head = detail::visit_one(network.head, [](const auto& head) { return head.tied; });
  const auto take = [&](const auto& layer, int block) {
    for (ParameterGroup group : layer.groups(network.sizes)) {
      group.learning_rate = network.learning_rate(group.name);
      if (block > 0) group.blocks = {block};
      model.groups.push_back(std::move(group));
    }
  };
  detail::visit_one(network.stem, [&](const auto& stem) { take(stem, 0); });
  int index = 2;
  for (const auto& block : network.blocks.sequence) {
    std::visit([&](const auto& held) { take(held, index); }, block);
    ++index;
  }
  detail::visit_one(network.head, [&](const auto& head) { take(head, 0); });
  return model;
}

/// The name of a group in a flow: its own, behind that of its block where it has one, as in "block7.Q" or
/// "encoder.block7.Q".
inline std::string qualified_name(const ParameterGroup& group) {
  const std::string block = group.blocks.empty() ? "" : "block" + std::to_string(group.blocks.front()) + ".";
  return (group.part.empty() ? "" : group.part + ".") + block + group.name;
}

/// Initialization deviations, learning rates and weight decays for a network, under a strategy and an
/// optimizer.
template <class Network, class Strategy, class Optimizer>
requires requires(const Network& network) {
  parameter_groups(network);
}
Plan plan(const Network& network, const Strategy& strategy, const Optimizer& optimizer,
          const PlanOptions& options = {}) {
  return plan(parameter_groups(network), strategy, optimizer, options);
}

}  // namespace widthwise
