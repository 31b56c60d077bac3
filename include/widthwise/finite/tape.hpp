// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/finite/mlp.hpp"
#include "widthwise/finite/residual.hpp"
#include "widthwise/finite/self_attention.hpp"
#include "widthwise/network/blocks.hpp"

namespace widthwise {

namespace detail {

template <class Scalar, class Block, class Context>
using FiniteBlock = decltype(at_finite_width(std::declval<const Block&>(), std::declval<const Context&>(),
                                             std::declval<const Matrix<Scalar>&>()));

template <class Scalar, class Block, class Context>
struct FiniteBlocks;
template <class Scalar, class... Blocks, class Context>
struct FiniteBlocks<Scalar, std::variant<Blocks...>, Context> {
  using type = unique_variant<FiniteBlock<Scalar, Blocks, Context>...>;
};

/// Residual blocks at the signals that reach them, ready to be differentiated.
template <class Scalar, class Block, class Context>
class FiniteTape {
 public:
  /// From the stem's signal; `context` with all weights of the network, of which the blocks' begin at
  /// `first_weight`.
  FiniteTape(const Blocks<Block>& blocks, Context context, std::size_t first_weight, Matrix<Scalar> signal)
      : blocks_(blocks), layout_(context.layout), next_weight_(first_weight) {
    signals_.push_back(std::move(signal));
    const auto weights = context.weights;
    for (const Block& block : blocks.sequence) {
      first_weights_.push_back(next_weight_);
      visit_one(block, [&](const auto& held) {
        const std::size_t count = held.groups(context.sizes).size();
        context.weights = weights.subspan(next_weight_, count);
        tape_.push_back(at_finite_width(held, context, signals_.back()));
        next_weight_ += count;
      });
      signals_.push_back(std::visit([](const auto& run) { return run.output(); }, tape_.back()));
    }
  }

  TokenLayout layout() const { return layout_; }
  /// z after the last block.
  const Matrix<Scalar>& output() const { return signals_.back(); }
  /// Blocks, the stem among them.
  std::size_t size() const { return signals_.size(); }
  /// The weight behind those of the last block.
  std::size_t next_weight() const { return next_weight_; }

  /// `visit(kind, z, block)` for every residual block.
  template <class Visit>
  void visit_blocks(Visit&& visit) const {
    for (std::size_t i = 0; i < tape_.size(); ++i)
      std::visit(
          [&](const auto& run) {
            visit_one(blocks_.sequence[i],
                      [&](const auto& block) { visit(block.kind, signals_[i + 1], run); });
          },
          tape_[i]);
  }
  /// z of the stem.
  const Matrix<Scalar>& stem() const { return signals_.front(); }

  /// Reverse mode to the stem's signal, which is block number `first_block` to the sink. What blocks read of
  /// an encoder is added to `memory`.
  template <class Sink>
  Matrix<Scalar> pull(Matrix<Scalar> cotangents, Sink& sink, std::size_t first_block,
                      Matrix<Scalar>& memory) const {
    for (std::size_t i = tape_.size(); i-- > 0;) {
      sink.signal(first_block + i + 1, cotangents, layout_);
      const BlockSink<Sink> own{sink, first_weights_[i], layout_};
      cotangents = std::visit(
          [&](const auto& run) -> Matrix<Scalar> {
            if constexpr (requires { run.pull(cotangents, own, memory); })
              return run.pull(cotangents, own, memory);
            else
              return run.pull(cotangents, own);
          },
          tape_[i]);
    }
    sink.signal(first_block, cotangents, layout_);
    return cotangents;
  }

 private:
  Blocks<Block> blocks_;
  TokenLayout layout_;
  std::vector<std::size_t> first_weights_;
  std::size_t next_weight_;
  std::vector<typename FiniteBlocks<Scalar, Block, Context>::type> tape_;
  std::vector<Matrix<Scalar>> signals_;
};

}  // namespace detail

}  // namespace widthwise
