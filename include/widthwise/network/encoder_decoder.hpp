// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "widthwise/layer/cross_attention.hpp"
#include "widthwise/network/flow_tape.hpp"
#include "widthwise/network/parameter_groups.hpp"

namespace widthwise {

/// An encoder–decoder Transformer (sections 2.2–2.4; theory §10): the encoder's last output is the memory
/// that the decoder's cross-attention reads; the head reads the decoder.
///
/// Both parts count their blocks from 1, their stems. Where both read tokens they share one word embedding,
/// which a tied head reads backwards; positional embeddings are their own. BART's additional layer norms are
/// blocks of the kind LayerNorm: first in both parts, last in the encoder. Throws std::invalid_argument where
/// sizes or coefficients make no network.
template <class EncoderStem, class EncoderBlock, class DecoderBlock, class Head>
struct EncoderDecoder {
  Sizes sizes;
  EncoderStem encoder_stem;
  Blocks<EncoderBlock> encoder;
  TokenStem decoder_stem;
  Blocks<DecoderBlock> decoder;
  Head head;
  LearningRates learning_rates = {};

  EncoderDecoder(Sizes network_sizes, EncoderStem source, Blocks<EncoderBlock> encoder_blocks,
                 TokenStem target, Blocks<DecoderBlock> decoder_blocks, Head network_head,
                 LearningRates rates = {})
      : sizes(network_sizes),
        encoder_stem(std::move(source)),
        encoder(std::move(encoder_blocks)),
        decoder_stem(std::move(target)),
        decoder(std::move(decoder_blocks)),
        head(std::move(network_head)),
        learning_rates(std::move(rates)) {
    detail::require_sizes(sizes);
    detail::require_rates(learning_rates);
    if (pool() == Pool::class_token) detail::reject("pool: a decoder has no class token");
    detail::visit_one(encoder_stem, [&](const auto& stem) {
      if constexpr (std::is_same_v<std::decay_t<decltype(stem)>, TokenStem>) {
        if (stem.vocabulary != decoder_stem.vocabulary)
          detail::reject("the encoder has a vocabulary of ", stem.vocabulary,
                         " items and the decoder one of ", decoder_stem.vocabulary,
                         ", but they share the word embedding");
        if (stem.coefficients.embedding != decoder_stem.coefficients.embedding)
          detail::reject("the encoder has C_WE = ", stem.coefficients.embedding, " and the decoder ",
                         decoder_stem.coefficients.embedding, ", but they share the word embedding");
      }
    });
  }

  /// Number of blocks: both stems, both parts' blocks, and the head.
  Index depth() const { return static_cast<Index>(encoder.sequence.size() + decoder.sequence.size()) + 3; }
  /// Blocks that are linearized, the head among them.
  Index maps() const { return depth() - 2; }

  /// How the head's rows become outputs.
  Pool pool() const {
    return detail::visit_one(head, [](const auto& held) { return held.pool; });
  }

  /// Λ of the group of that name, in both parts.
  double learning_rate(std::string_view group) const { return detail::rate_of(learning_rates, group); }
};

template <class S, class E, class D, class H>
EncoderDecoder(Sizes, S, Blocks<E>, TokenStem, Blocks<D>, H, LearningRates) -> EncoderDecoder<S, E, D, H>;
template <class S, class E, class D, class H>
EncoderDecoder(Sizes, S, Blocks<E>, TokenStem, Blocks<D>, H) -> EncoderDecoder<S, E, D, H>;

/// Every parameter group as its layer states it: the encoder's, the decoder's, the head's. A shared word
/// embedding comes first and belongs to no part.
template <class S, class E, class D, class H>
ModelGroups parameter_groups(const EncoderDecoder<S, E, D, H>& network) {
  ModelGroups model;
  model.width = network.sizes.n();
  model.tied_head = detail::visit_one(network.head, [](const auto& head) { return head.tied; });
  const auto take = [&](const auto& layer, const std::string& part, int block) {
    for (ParameterGroup group : layer.groups(network.sizes)) {
      group.learning_rate = network.learning_rate(group.name);
      if (block > 0) group.blocks = {block};
      if (group.name != "WE") group.part = part;
      const bool listed = std::any_of(model.groups.begin(), model.groups.end(),
                                      [&](const auto& other) { return other.name == "WE"; });
      if (group.name == "WE" && listed) continue;
      model.groups.push_back(std::move(group));
    }
  };
  const auto take_part = [&](const auto& stem, const auto& blocks, const std::string& part) {
    detail::visit_one(stem, [&](const auto& held) { take(held, part, 0); });
    int index = 2;
    for (const auto& block : blocks.sequence)
      detail::visit_one(block, [&](const auto& held) { take(held, part, index++); });
  };
  take_part(network.encoder_stem, network.encoder, "encoder");
  take_part(network.decoder_stem, network.decoder, "decoder");
  detail::visit_one(network.head, [&](const auto& head) { take(head, "", 0); });
  return model;
}

namespace detail {

template <class Source>
struct InputScalar;
template <class Source>
struct InputScalar<SequencePair<Source>> : InputScalar<Source> {};

/// The first kernels of both parts.
template <class Scalar>
struct EmbeddedPair {
  Embedding<Scalar> source, target;
};

template <class Scalar, class S, class E, class D, class H, class Source>
EmbeddedPair<Scalar> embed_input(const EncoderDecoder<S, E, D, H>& network,
                                 const SequencePair<Source>& input) {
  EmbeddedPair<Scalar> stems{embed<Scalar>(network.encoder_stem, input.source),
                             embed<Scalar>(network.decoder_stem, input.target)};
  if (stems.source.layout.samples != stems.target.layout.samples)
    reject("there are ", stems.source.layout.samples, " source sequences and ", stems.target.layout.samples,
           " target sequences");
  require_kernel(stems.source.forward, stems.source.layout.rows(), "the encoder's first kernel");
  require_kernel(stems.target.forward, stems.target.layout.rows(), "the decoder's first kernel");
  return stems;
}

/// One replicate: the encoder forward, the decoder forward beside its output, and back through both. A probe
/// stops at the first block that is sampled, and does not go back.
///
/// Kernels between the rows of encoder and decoder never enter (theory §10), so that each part carries its
/// own.
template <class Scalar, class S, class E, class D, class H, class Engine>
ReplicateFlow<Scalar> flow_once(const EncoderDecoder<S, E, D, H>& network, const EmbeddedPair<Scalar>& stems,
                                const Engine& engine, Stream stream, bool probe,
                                const std::function<void()>& step) {
  FlowRecorder<Scalar> recorder(
      [&](const std::string& group) { return static_cast<Scalar>(network.learning_rate(group)); }, step);

  const auto encoder_context = [&](std::size_t i) {
    return FlowContext<Engine>{stems.source.layout, engine, stream.child(0).child(i)};
  };
  FlowTape<Scalar, E, FlowContext<Engine>> encoder("encoder");
  recorder.stem(stems.source, "encoder");
  encoder.forward(network.encoder, encoder_context, probe, recorder);
  if (probe && recorder.flow.draws > 0) return std::move(recorder.flow);

  const Memory<Scalar> memory{stems.source.layout, recorder.last().forward, recorder.last().tangent};
  const auto decoder_context = [&](std::size_t i) {
    return DecoderContext<Scalar, Engine>{{stems.target.layout, engine, stream.child(1).child(i)}, memory};
  };
  FlowTape<Scalar, D, DecoderContext<Scalar, Engine>> decoder("decoder");
  recorder.stem(stems.target, "decoder");
  decoder.forward(network.decoder, decoder_context, probe, recorder);
  if (probe && recorder.flow.draws > 0) return std::move(recorder.flow);
  const auto head = record_head(network.decoder_stem, network.head, network.pool(),
                                decoder_context(network.decoder.sequence.size()), "decoder", recorder);
  if (probe) return std::move(recorder.flow);

  const auto share_stem = [&](const Matrix<Scalar>& cotangent, const Embedding<Scalar>& stem,
                              const std::string& prefix) {
    for (std::size_t i = stem.contributions.size(); i-- > 0;) {
      const auto& [group, kernel] = stem.contributions[i];
      recorder.share(group == "WE" ? group : prefix + group, inner(cotangent, kernel));
    }
  };
  Matrix<Scalar> to_memory = Matrix<Scalar>::Zero(memory.normalized.rows(), memory.normalized.cols());
  Matrix<Scalar> cotangent = recorder.back(head, recorder.flow.blocks.size() - 1, "",
                                           output_cotangent<Scalar>(network.pool(), stems.target.layout));
  cotangent = decoder.backward(std::move(cotangent), recorder, to_memory);
  share_stem(cotangent, stems.target, decoder.prefix());
  Matrix<Scalar> no_memory;
  cotangent = encoder.backward(std::move(to_memory), recorder, no_memory);
  share_stem(cotangent, stems.source, encoder.prefix());
  std::reverse(recorder.flow.shares.begin(), recorder.flow.shares.end());
  return std::move(recorder.flow);
}

}  // namespace detail

}  // namespace widthwise
