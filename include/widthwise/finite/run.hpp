// SPDX-License-Identifier: MIT
#pragma once

#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/finite/head.hpp"
#include "widthwise/finite/mlp.hpp"
#include "widthwise/finite/residual.hpp"
#include "widthwise/finite/self_attention.hpp"
#include "widthwise/finite/stem.hpp"
#include "widthwise/finite/weights.hpp"
#include "widthwise/network/transformer.hpp"

namespace widthwise {

namespace detail {

template <class Scalar, class Block>
using FiniteBlock =
    decltype(at_finite_width(std::declval<const Block&>(), std::declval<const FiniteContext<Scalar>&>(),
                             std::declval<const Matrix<Scalar>&>()));

template <class Scalar, class Block>
struct FiniteBlocks;
template <class Scalar, class... Blocks>
struct FiniteBlocks<Scalar, std::variant<Blocks...>> {
  using type = unique_variant<FiniteBlock<Scalar, Blocks>...>;
};

template <class Scalar, class Stem, class Input>
FiniteStem<Scalar> finite_stem(const Stem& stem, const Input& input) {
  return visit_one(stem, [&](const auto& held_stem) {
    return visit_one(input, [&](const auto& held_input) -> FiniteStem<Scalar> {
      if constexpr (requires { stem_at_finite_width<Scalar>(held_stem, held_input); })
        return stem_at_finite_width<Scalar>(held_stem, held_input);
      else
        reject(
            "the network's stem does not take this kind of input: a patch stem takes patches, a token stem "
            "token ids");
    });
  });
}

template <class Scalar>
Matrix<Scalar> picked_rows(const Matrix<Scalar>& all, const std::vector<Index>& rows) {
  Matrix<Scalar> picked(static_cast<Index>(rows.size()), all.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) picked.row(static_cast<Index>(i)) = all.row(rows[i]);
  return picked;
}

}  // namespace detail

/// One run of a network of finite width: every signal on the way, ready to be differentiated.
///
/// All samples go through together, and so do all cotangents, in matrix products. The weights must outlive
/// the run. `outputs` says which outputs of the head to look at; all by default. Throws std::invalid_argument
/// where input, weights and network do not fit.
template <class Scalar, class Stem, class Block, class Head>
class FiniteRun {
 public:
  using Network = Transformer<Stem, Block, Head>;

  template <class Input>
  FiniteRun(const Network& network, const FiniteWeights<Scalar>& weights, const Input& input,
            std::vector<Index> outputs = {})
      : stem_(detail::finite_stem<Scalar>(network.stem, input)),
        pooling_(pooling_matrix<Scalar>(network.pool(), stem_.layout())) {
    const ModelGroups model = parameter_groups(network);
    if (weights.tensors.size() != model.groups.size())
      detail::reject("there are ", weights.tensors.size(), " weights, but the network has ",
                     model.groups.size(), " groups of parameters");
    const std::span<const Matrix<Scalar>> tensors(weights.tensors);
    const FiniteContext<Scalar> context{network.sizes, stem_.layout(), tensors};
    signals_.push_back(stem_.output(context));
    std::size_t next =
        detail::visit_one(network.stem, [&](const auto& stem) { return stem.groups(network.sizes).size(); });
    for (const Block& block : network.blocks.sequence) {
      first_weights_.push_back(next);
      std::visit(
          [&](const auto& held) {
            const std::size_t count = held.groups(network.sizes).size();
            const FiniteContext<Scalar> part{network.sizes, stem_.layout(), tensors.subspan(next, count)};
            tape_.push_back(at_finite_width(held, part, signals_.back()));
            next += count;
          },
          block);
      signals_.push_back(std::visit([](const auto& run) { return run.output(); }, tape_.back()));
    }
    head_.emplace(detail::visit_one(network.head, [&](const auto& held) {
      return made_head(held, weights, model, next, std::move(outputs));
    }));
  }

  /// Of the rows: those of the input and a class token where there is one.
  TokenLayout layout() const { return stem_.layout(); }
  /// z after every block but the head, N×n each, the stem's first.
  const std::vector<Matrix<Scalar>>& signals() const { return signals_; }
  /// One record for every residual block, which knows its normalized signal and its branch.
  const auto& blocks() const { return tape_; }
  /// The head's record: its normalized signal, and its output before pooling.
  const FiniteHead<Scalar>& head() const { return *head_; }
  /// How rows become outputs.
  const Matrix<Scalar>& pooling() const { return pooling_; }
  /// Outputs after pooling, a column for each one that is looked at.
  Matrix<Scalar> outputs() const { return pooling_ * head().output(); }

  /// Reverse mode from cotangents of the head's rows before pooling, any number of them below each other.
  template <class Sink>
  requires GradientSink<Sink, Scalar>
  void pull(Matrix<Scalar> cotangents, Sink& sink) const {
    cotangents = head().pull(cotangents, sink);
    for (std::size_t i = tape_.size(); i-- > 0;) {
      sink.signal(i + 1, cotangents);
      const auto shifted = [&](std::size_t weight, const auto& delta, const auto& x) {
        sink(first_weights_[i] + weight, delta, x);
      };
      cotangents = std::visit(
          [&](const auto& run) -> Matrix<Scalar> { return run.pull(cotangents, shifted); }, tape_[i]);
    }
    sink.signal(0, cotangents);
    stem_.pull(cotangents, sink);
  }

 private:
  template <class HeldHead>
  FiniteHead<Scalar> made_head(const HeldHead& held, const FiniteWeights<Scalar>& weights,
                               const ModelGroups& model, std::size_t next, std::vector<Index> outputs) {
    const std::size_t first = held.tied ? 0 : next;
    const Matrix<Scalar> weight =
        held.tied ? Matrix<Scalar>(weights.tensors[0].transpose()) : weights.tensors[first];
    if (outputs.empty()) {
      outputs.resize(static_cast<std::size_t>(weight.rows()));
      std::iota(outputs.begin(), outputs.end(), Index{0});
    }
    for (const Index output : outputs)
      if (output < 0 || output >= weight.rows())
        detail::reject("outputs: there is no output ", output, " of ", weight.rows());
    Vector<Scalar> bias;
    if (!held.tied && first + 1 < model.groups.size())
      bias = detail::picked_rows<Scalar>(weights.tensors[first + 1], outputs).col(0);
    return {FiniteLayerNorm<Scalar>(held.norm, signals_.back()),
            detail::picked_rows(weight, outputs),
            bias,
            held.tied,
            weights.output_multiplier,
            first};
  }

  FiniteStem<Scalar> stem_;
  Matrix<Scalar> pooling_;
  std::vector<std::size_t> first_weights_;
  std::vector<typename detail::FiniteBlocks<Scalar, Block>::type> tape_;
  std::vector<Matrix<Scalar>> signals_;
  std::optional<FiniteHead<Scalar>> head_;  // always there once constructed
};

template <class Stem, class Block, class Head, class Scalar, class... Rest>
FiniteRun(const Transformer<Stem, Block, Head>&, const FiniteWeights<Scalar>&, const Rest&...)
    -> FiniteRun<Scalar, Stem, Block, Head>;

}  // namespace widthwise
