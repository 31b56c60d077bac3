// SPDX-License-Identifier: MIT
#pragma once

#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "widthwise/finite/head.hpp"
#include "widthwise/finite/stem.hpp"
#include "widthwise/finite/tape.hpp"
#include "widthwise/finite/weights.hpp"
#include "widthwise/network/transformer.hpp"

namespace widthwise {

namespace detail {

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

/// The head at a signal. A tied one reads the word embedding, weight number `embedding`; another one's
/// weights begin at `first`.
template <class Scalar, class Head>
FiniteHead<Scalar> finite_head(const Head& head, const FiniteWeights<Scalar>& weights,
                               const Matrix<Scalar>& signal, std::size_t embedding, std::size_t first,
                               std::vector<Index> outputs) {
  return visit_one(head, [&](const auto& held) -> FiniteHead<Scalar> {
    if (held.tied) first = embedding;
    const Matrix<Scalar> weight =
        held.tied ? Matrix<Scalar>(weights.tensors[first].transpose()) : weights.tensors[first];
    if (outputs.empty()) {
      outputs.resize(static_cast<std::size_t>(weight.rows()));
      std::iota(outputs.begin(), outputs.end(), Index{0});
    }
    for (const Index output : outputs)
      if (output < 0 || output >= weight.rows())
        reject("outputs: there is no output ", output, " of ", weight.rows());
    Vector<Scalar> bias;
    if (!held.tied && first + 1 < weights.tensors.size())
      bias = picked_rows<Scalar>(weights.tensors[first + 1], outputs).col(0);
    return {FiniteLayerNorm<Scalar>(held.norm, signal),
            picked_rows(weight, outputs),
            bias,
            held.tied,
            weights.output_multiplier,
            first};
  });
}

template <class Scalar>
void require_weights(const FiniteWeights<Scalar>& weights, const ModelGroups& model) {
  if (weights.tensors.size() != model.groups.size())
    reject("there are ", weights.tensors.size(), " weights, but the network has ", model.groups.size(),
           " groups of parameters");
}

}  // namespace detail

/// One run of a network of finite width: every signal on the way, ready to be differentiated.
///
/// All samples go through together, and so do all cotangents, in matrix products. The weights must outlive
/// the run. `outputs` says which outputs of the head to look at; all by default. Throws std::invalid_argument
/// where input, weights and network do not fit.
template <class Scalar, class Network>
class FiniteRun;

template <class Network, class Scalar, class... Rest>
FiniteRun(const Network&, const FiniteWeights<Scalar>&, const Rest&...) -> FiniteRun<Scalar, Network>;

template <class Scalar, class Stem, class Block, class Head>
class FiniteRun<Scalar, Transformer<Stem, Block, Head>> {
 public:
  using Network = Transformer<Stem, Block, Head>;

  template <class Input>
  FiniteRun(const Network& network, const FiniteWeights<Scalar>& weights, const Input& input,
            std::vector<Index> outputs = {})
      : stem_(detail::finite_stem<Scalar>(network.stem, input)),
        pooling_(pooling_matrix<Scalar>(network.pool(), stem_.layout())) {
    detail::require_weights(weights, parameter_groups(network));
    const FiniteContext<Scalar> context{network.sizes, stem_.layout(), weights.tensors};
    const std::size_t first =
        detail::visit_one(network.stem, [&](const auto& stem) { return stem.groups(network.sizes).size(); });
    tape_.emplace(network.blocks, context, first, stem_.output(context));
    head_.emplace(detail::finite_head(network.head, weights, tape_->output(), 0, tape_->next_weight(),
                                      std::move(outputs)));
  }

  /// Of the rows: those of the input and a class token where there is one.
  TokenLayout layout() const { return stem_.layout(); }
  /// How many blocks there are but for the head.
  std::size_t blocks() const { return tape_->size(); }
  /// `visit(part, kind, layout, z, block)` for every block but the head: z is N×n, the block's record knows
  /// its normalized signal and its branch, but for a stem's.
  template <class Visit>
  void visit_blocks(Visit&& visit) const {
    visit("", "stem", layout(), tape_->stem(), stem_);
    tape_->visit_blocks([&](std::string_view kind, const Matrix<Scalar>& signal, const auto& block) {
      visit("", kind, layout(), signal, block);
    });
  }
  /// The head's record: its normalized signal, and its output before pooling.
  const FiniteHead<Scalar>& head() const { return *head_; }
  /// How rows become outputs.
  const Matrix<Scalar>& pooling() const { return pooling_; }
  /// Outputs after pooling, a column for each one that is looked at.
  Matrix<Scalar> outputs() const { return pooling_ * head().output(); }

  /// Reverse mode from cotangents of the head's rows before pooling, any number of them below each other.
  template <class Sink>
  requires GradientSink<Sink, Scalar>
  void pull(const Matrix<Scalar>& cotangents, Sink& sink) const {
    const detail::BlockSink<Sink> whole{sink, 0, layout()};
    Matrix<Scalar> no_memory;
    stem_.pull(tape_->pull(head().pull(cotangents, whole), sink, 0, no_memory), whole);
  }

 private:
  FiniteStem<Scalar> stem_;
  Matrix<Scalar> pooling_;
  // Always there once constructed.
  std::optional<detail::FiniteTape<Scalar, Block, FiniteContext<Scalar>>> tape_;
  std::optional<FiniteHead<Scalar>> head_;
};

}  // namespace widthwise
