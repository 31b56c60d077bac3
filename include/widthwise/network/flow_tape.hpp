// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/layer/head.hpp"
#include "widthwise/layer/stem.hpp"
#include "widthwise/network/blocks.hpp"

namespace widthwise {

namespace detail {

/// Everything one replicate found. A share is a group's part in the mean diagonal of the output's tangent
/// kernel, at Λ = 1; shares stand in the order of the network.
template <class Scalar>
struct ReplicateFlow {
  struct Kernels {
    std::string part, kind;
    TokenLayout layout;
    Matrix<Scalar> forward, normalized, tangent, backward;
  };
  struct Share {
    std::string group;
    Scalar value;
  };
  TokenLayout layout;  ///< of the rows that reach the head
  std::vector<Kernels> blocks;
  Matrix<Scalar> output_forward, output_tangent;
  std::vector<Share> shares;
  Index draws = 0;  ///< in the block with most of them; 0 where everything is exact
};

/// Writes down what one replicate finds on its way forward and back.
template <class Scalar>
class FlowRecorder {
 public:
  /// `rate` gives Λ of a group by its name; `step`, where there is one, is called after every block.
  FlowRecorder(std::function<Scalar(const std::string&)> rate, const std::function<void()>& step)
      : rate_(std::move(rate)), step_(step) {}

  ReplicateFlow<Scalar> flow;

  /// The block that was written down last.
  const auto& last() const { return flow.blocks.back(); }

  void stem(const Embedding<Scalar>& stem, const std::string& part) {
    Matrix<Scalar> tangent = Matrix<Scalar>::Zero(stem.layout.rows(), stem.layout.rows());
    add(tangent, stem.contributions);
    flow.blocks.push_back({part, "stem", stem.layout, stem.forward, stem.forward, std::move(tangent), {}});
  }

  /// Takes a linearized block into the record, and with it the kernels that the way back does not need.
  template <class Map>
  void block(Map& map, std::string_view kind, const std::string& part) {
    const TokenLayout layout = last().layout;
    Matrix<Scalar> tangent = std::move(map).tangent();
    add(tangent, map.contributions());
    Matrix<Scalar> normalized = std::move(map).normalized();
    flow.blocks.push_back({part,
                           std::string(kind),
                           layout,
                           std::move(map).forward(),
                           std::move(normalized),
                           std::move(tangent),
                           {}});
    flow.draws = std::max(flow.draws, map.draws());
    if (step_) step_();
  }

  /// One block back: writes down its cotangent and the shares of its groups, and gives that of the block
  /// before.
  template <class Map>
  Matrix<Scalar> back(const Map& map, std::size_t block, const std::string& prefix,
                      Matrix<Scalar> cotangent) {
    share(cotangent, map.contributions(), prefix);
    Matrix<Scalar> before = map.pull(cotangent);
    flow.blocks[block].backward = std::move(cotangent);
    if (step_) step_();
    return before;
  }

  /// Groups are listed in the network's order, of which this goes from the end to the beginning.
  void share(const Matrix<Scalar>& cotangent, std::vector<Contribution<Scalar>> contributions,
             const std::string& prefix) {
    std::reverse(contributions.begin(), contributions.end());
    for (const auto& contribution : contributions)
      share(prefix + contribution.group, inner(cotangent, contribution.kernel));
  }

  /// A tied embedding works in several places; it is listed with the first of the network.
  void share(const std::string& name, Scalar value) {
    const auto known = std::find_if(flow.shares.begin(), flow.shares.end(),
                                    [&](const auto& other) { return other.group == name; });
    if (known != flow.shares.end()) {
      value += known->value;
      flow.shares.erase(known);
    }
    flow.shares.push_back({name, value});
  }

 private:
  void add(Matrix<Scalar>& tangent, const std::vector<Contribution<Scalar>>& contributions) const {
    for (const auto& contribution : contributions) tangent += rate_(contribution.group) * contribution.kernel;
  }

  std::function<Scalar(const std::string&)> rate_;
  const std::function<void()>& step_;
};

template <class Variant, class Scalar, class Context>
struct LinearizedBlocks;
template <class... Ts, class Scalar, class Context>
struct LinearizedBlocks<std::variant<Ts...>, Scalar, Context> {
  using type = unique_variant<decltype(std::declval<const Ts&>().linearize(
      std::declval<const Matrix<Scalar>&>(), std::declval<const Matrix<Scalar>&>(),
      std::declval<const Context&>()))...>;
};

/// Residual blocks, linearized one after the other at the kernels that reach them, to be read backwards.
template <class Scalar, class Block, class Context>
class FlowTape {
 public:
  explicit FlowTape(std::string part = {}) : part_(std::move(part)) {}

  /// `context(i)` is that of block i. A probe stops at the first block that is sampled, and keeps nothing.
  template <class MakeContext>
  void forward(const Blocks<Block>& blocks, MakeContext&& context, bool probe,
               FlowRecorder<Scalar>& recorder) {
    first_ = recorder.flow.blocks.size();
    tape_.reserve(blocks.sequence.size());
    for (std::size_t i = 0; i < blocks.sequence.size(); ++i) {
      visit_one(blocks.sequence[i], [&](const auto& block) {
        tape_.push_back(block.linearize(recorder.last().forward, recorder.last().tangent, context(i)));
        std::visit([&](auto& map) { recorder.block(map, block.kind, part_); }, tape_.back());
      });
      if (!probe) continue;
      if (recorder.flow.draws > 0) return;
      tape_.clear();
    }
  }

  /// From the cotangent of the last block's output to that of the stem's. What blocks read of an encoder is
  /// added to `memory`.
  Matrix<Scalar> backward(Matrix<Scalar> cotangent, FlowRecorder<Scalar>& recorder, Matrix<Scalar>& memory) {
    for (std::size_t i = tape_.size(); i-- > 0;)
      std::visit(
          [&]<class Map>(const Map& map) {
            if constexpr (ReadsMemory<Map, Scalar>) memory += map.pull_memory(cotangent);
            cotangent = recorder.back(map, first_ + i, prefix() + "block" + std::to_string(i + 2) + ".",
                                      std::move(cotangent));
          },
          tape_[i]);
    recorder.flow.blocks[first_ - 1].backward = cotangent;
    return cotangent;
  }

  /// Of the names of groups that belong to this part alone.
  std::string prefix() const { return part_.empty() ? "" : part_ + "."; }

 private:
  std::string part_;
  std::size_t first_ = 0;
  std::vector<typename LinearizedBlocks<Block, Scalar, Context>::type> tape_;
};

/// The head behind the block that was written down last, and the outputs after pooling.
template <class Scalar, class Stem, class Head, class Context>
LinearizedHead<Scalar> record_head(const Stem& stem, const Head& head, Pool pool, const Context& context,
                                   const std::string& part, FlowRecorder<Scalar>& recorder) {
  auto map = visit_one(stem, [&](const auto& held_stem) {
    return visit_one(head, [&](const auto& held_head) -> LinearizedHead<Scalar> {
      const auto& last = recorder.last();
      if constexpr (requires { held_head.linearize(held_stem, last.forward, last.tangent, context); })
        return held_head.linearize(held_stem, last.forward, last.tangent, context);
      else
        reject("head: a tied head needs a token stem");
    });
  });
  recorder.block(map, "head", part);
  const auto& output = recorder.last();
  const Matrix<Scalar> pooling = pooling_matrix<Scalar>(pool, output.layout);
  recorder.flow.layout = output.layout;
  recorder.flow.output_forward = mirrored<Scalar>(pooling * output.forward * pooling.transpose());
  recorder.flow.output_tangent = mirrored<Scalar>(pooling * output.tangent * pooling.transpose());
  return map;
}

/// The cotangent of the mean over output rows of the diagonal, at the rows before pooling (theory §6).
template <class Scalar>
Matrix<Scalar> output_cotangent(Pool pool, TokenLayout layout) {
  const Matrix<Scalar> pooling = pooling_matrix<Scalar>(pool, layout);
  return mirrored<Scalar>(pooling.transpose() * pooling / static_cast<Scalar>(pooling.rows()));
}

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

}  // namespace detail

}  // namespace widthwise
