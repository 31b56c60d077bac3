// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/network/flow_tape.hpp"
#include "widthwise/network/transformer.hpp"

namespace widthwise {

namespace detail {

template <class Scalar, class Stem, class Block, class Head, class Input>
Embedding<Scalar> embed_input(const Transformer<Stem, Block, Head>& network, const Input& input) {
  auto stem = embed<Scalar>(network.stem, input);
  require_kernel(stem.forward, stem.layout.rows(), "the first kernel");
  return stem;
}

/// One replicate: forward through all blocks with the tangent kernel, and back. A probe stops at the first
/// block that is sampled, and does not go back.
template <class Scalar, class Stem, class Block, class Head, class Engine>
ReplicateFlow<Scalar> flow_once(const Transformer<Stem, Block, Head>& network, const Embedding<Scalar>& stem,
                                const Engine& engine, Stream stream, bool probe,
                                const std::function<void()>& step) {
  using Context = FlowContext<Engine>;
  FlowRecorder<Scalar> recorder(
      [&](const std::string& group) { return static_cast<Scalar>(network.learning_rate(group)); }, step);
  const auto context = [&](std::size_t i) {
    return Context{stem.layout, engine, stream.child(i)};
  };
  recorder.stem(stem, "");
  FlowTape<Scalar, Block, Context> tape;
  tape.forward(network.blocks, context, probe, recorder);
  if (probe && recorder.flow.draws > 0) return std::move(recorder.flow);
  const auto head = record_head(network.stem, network.head, network.pool(),
                                context(network.blocks.sequence.size()), "", recorder);
  if (probe) return std::move(recorder.flow);

  Matrix<Scalar> no_memory;
  Matrix<Scalar> cotangent = recorder.back(head, recorder.flow.blocks.size() - 1, "",
                                           output_cotangent<Scalar>(network.pool(), stem.layout));
  cotangent = tape.backward(std::move(cotangent), recorder, no_memory);
  recorder.share(cotangent, stem.contributions, "");
  std::reverse(recorder.flow.shares.begin(), recorder.flow.shares.end());
  return std::move(recorder.flow);
}

}  // namespace detail

}  // namespace widthwise
