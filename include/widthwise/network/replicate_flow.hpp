// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "widthwise/network/transformer.hpp"

namespace widthwise {

namespace detail {

template <class Variant, class Scalar, class Engine>
struct LinearizedBlocks;
template <class... Ts, class Scalar, class Engine>
struct LinearizedBlocks<std::variant<Ts...>, Scalar, Engine> {
  using type = unique_variant<decltype(std::declval<const Ts&>().linearize(
      std::declval<const Matrix<Scalar>&>(), std::declval<const Matrix<Scalar>&>(),
      std::declval<const FlowContext<Engine>&>()))...>;
};

/// Everything one replicate found. A share is a group's part in the mean diagonal of the output's tangent
/// kernel, at Λ = 1; shares stand in the order of the network.
template <class Scalar>
struct ReplicateFlow {
  struct Kernels {
    std::string kind;
    Matrix<Scalar> forward, normalized, tangent, backward;
  };
  struct Share {
    std::string group;
    Scalar value;
  };
  TokenLayout layout;
  std::vector<Kernels> blocks;
  Matrix<Scalar> output_forward, output_tangent;
  std::vector<Share> shares;
  Index draws = 0;  ///< in the block with most of them; 0 where everything is exact
};

template <class Scalar, class Input, class Stem>
Embedding<Scalar> embed(const Stem& stem, const Input& input) {
  return visit_one(stem, [&](const auto& held_stem) {
    return visit_one(input, [&](const auto& held_input) -> Embedding<Scalar> {
      if constexpr (requires { held_stem.template embed<Scalar>(held_input); })
        return held_stem.template embed<Scalar>(held_input);
      else
        reject(
            "the network's stem does not take this kind of input: a patch stem takes patches, a token stem "
            "token ids");
    });
  });
}

/// One replicate: forward through all blocks with the tangent kernel, and back. A probe stops at the first
/// block that is sampled, and does not go back.
template <class Scalar, class Network, class Engine>
ReplicateFlow<Scalar> flow_once(const Network& network, const Embedding<Scalar>& stem, const Engine& engine,
                                Stream stream, bool probe, const std::function<void()>& step) {
  using Block =
      typename LinearizedBlocks<typename decltype(network.blocks.sequence)::value_type, Scalar, Engine>::type;
  ReplicateFlow<Scalar> flow;
  const auto rate = [&](const std::string& group) {
    return static_cast<Scalar>(network.learning_rate(group));
  };

  flow.layout = stem.layout;
  Matrix<Scalar> tangent = Matrix<Scalar>::Zero(stem.layout.rows(), stem.layout.rows());
  for (const auto& contribution : stem.contributions)
    tangent += rate(contribution.group) * contribution.kernel;
  flow.blocks.reserve(network.blocks.sequence.size() + 2);
  flow.blocks.push_back({"stem", stem.forward, stem.forward, std::move(tangent), {}});

  // Takes a linearized block into the record, and with it the kernels that the way back does not need.
  const auto record = [&](auto& map, std::string_view kind) {
    Matrix<Scalar> next = std::move(map).tangent();
    for (const auto& contribution : map.contributions())
      next += rate(contribution.group) * contribution.kernel;
    flow.blocks.push_back(
        {std::string(kind), std::move(map).forward(), std::move(map).normalized(), std::move(next), {}});
    flow.draws = std::max(flow.draws, map.draws());
    if (step) step();
  };

  std::vector<Block> tape;
  tape.reserve(network.blocks.sequence.size());
  for (std::size_t i = 0; i < network.blocks.sequence.size(); ++i) {
    const FlowContext<Engine> context{stem.layout, engine, stream.child(i)};
    std::visit(
        [&](const auto& block) {
          tape.push_back(block.linearize(flow.blocks.back().forward, flow.blocks.back().tangent, context));
          std::visit([&](auto& map) { record(map, block.kind); }, tape.back());
        },
        network.blocks.sequence[i]);
    if (probe) {
      if (flow.draws > 0) return flow;
      tape.clear();
    }
  }
  const FlowContext<Engine> context{stem.layout, engine, stream.child(network.blocks.sequence.size())};
  auto head = visit_one(network.stem, [&](const auto& held_stem) {
    return visit_one(network.head, [&](const auto& held_head) -> LinearizedHead<Scalar> {
      const auto& last = flow.blocks.back();
      if constexpr (requires { held_head.linearize(held_stem, last.forward, last.tangent, context); })
        return held_head.linearize(held_stem, last.forward, last.tangent, context);
      else
        reject("head: a tied head needs a token stem");
    });
  });
  record(head, "head");
  const Matrix<Scalar> pooling = pooling_matrix<Scalar>(network.pool(), stem.layout);
  flow.output_forward = mirrored<Scalar>(pooling * flow.blocks.back().forward * pooling.transpose());
  flow.output_tangent = mirrored<Scalar>(pooling * flow.blocks.back().tangent * pooling.transpose());
  if (probe) return flow;

  // The cotangent of the mean over output rows of the diagonal, carried back block by block (theory §6).
  Matrix<Scalar> cotangent =
      mirrored<Scalar>(pooling.transpose() * pooling / static_cast<Scalar>(pooling.rows()));
  const auto share = [&](std::vector<Contribution<Scalar>> contributions, const std::string& prefix) {
    std::reverse(contributions.begin(), contributions.end());
    for (const auto& contribution : contributions) {
      const std::string name = prefix + contribution.group;
      const Scalar value = inner(cotangent, contribution.kernel);
      const auto known = std::find_if(flow.shares.begin(), flow.shares.end(),
                                      [&](const auto& other) { return other.group == name; });
      if (known == flow.shares.end()) {
        flow.shares.push_back({name, value});
      } else {  // a tied embedding works in the stem and in the head; it is listed with the stem
        const Scalar sum = known->value + value;
        flow.shares.erase(known);
        flow.shares.push_back({name, sum});
      }
    }
  };
  const auto back = [&](const auto& map, std::size_t index, const std::string& prefix) {
    flow.blocks[index].backward = cotangent;
    share(map.contributions(), prefix);
    cotangent = map.pull(cotangent);
    if (step) step();
  };
  back(head, tape.size() + 1, "");
  for (std::size_t i = tape.size(); i-- > 0;)
    std::visit([&](const auto& map) { back(map, i + 1, "block" + std::to_string(i + 2) + "."); }, tape[i]);
  flow.blocks.front().backward = cotangent;
  share(stem.contributions, "");
  std::reverse(flow.shares.begin(), flow.shares.end());
  return flow;
}

}  // namespace detail

}  // namespace widthwise
