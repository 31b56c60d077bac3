// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "widthwise/finite/cross_attention.hpp"
#include "widthwise/finite/run.hpp"
#include "widthwise/network/encoder_decoder.hpp"

namespace widthwise {

/// One run of an encoder–decoder of finite width; the rows that reach the head are the decoder's.
template <class Scalar, class S, class E, class D, class H>
class FiniteRun<Scalar, EncoderDecoder<S, E, D, H>> {
 public:
  using Network = EncoderDecoder<S, E, D, H>;

  template <class Source>
  FiniteRun(const Network& network, const FiniteWeights<Scalar>& weights, const SequencePair<Source>& input,
            std::vector<Index> outputs = {})
      : encoder_stem_(detail::finite_stem<Scalar>(network.encoder_stem, input.source)),
        decoder_stem_(detail::finite_stem<Scalar>(network.decoder_stem, input.target)),
        pooling_(pooling_matrix<Scalar>(network.pool(), decoder_stem_.layout())) {
    detail::require_weights(weights, parameter_groups(network));
    std::size_t next = detail::visit_one(network.encoder_stem,
                                         [&](const auto& stem) { return stem.groups(network.sizes).size(); });
    const bool shared = detail::visit_one(
        network.encoder_stem, []<class Stem>(const Stem&) { return std::is_same_v<Stem, TokenStem>; });
    const FiniteContext<Scalar> context{network.sizes, encoder_stem_.layout(), weights.tensors};
    encoder_.emplace(network.encoder, context, next, encoder_stem_.output(context));

    next = encoder_->next_weight();
    if (shared) shared_embedding_ = 0;
    const std::size_t embedding = shared ? 0 : next++;
    decoder_stem_.use_weights({embedding, next++});
    const FiniteDecoderContext<Scalar> decoder_context{
        {network.sizes, decoder_stem_.layout(), weights.tensors}, encoder_->layout(), encoder_->output()};
    decoder_.emplace(network.decoder, decoder_context, next, decoder_stem_.output(decoder_context));
    head_.emplace(detail::finite_head(network.head, weights, decoder_->output(), embedding,
                                      decoder_->next_weight(), std::move(outputs)));
  }

  /// The weight that both stems look words up in, where they do.
  std::optional<std::size_t> shared_embedding() const { return shared_embedding_; }
  /// Of the decoder's rows.
  TokenLayout layout() const { return decoder_stem_.layout(); }
  std::size_t blocks() const { return encoder_->size() + decoder_->size(); }
  template <class Visit>
  void visit_blocks(Visit&& visit) const {
    visit("encoder", "stem", encoder_->layout(), encoder_->stem(), encoder_stem_);
    encoder_->visit_blocks([&](std::string_view kind, const Matrix<Scalar>& signal, const auto& block) {
      visit("encoder", kind, encoder_->layout(), signal, block);
    });
    visit("decoder", "stem", decoder_->layout(), decoder_->stem(), decoder_stem_);
    decoder_->visit_blocks([&](std::string_view kind, const Matrix<Scalar>& signal, const auto& block) {
      visit("decoder", kind, decoder_->layout(), signal, block);
    });
  }
  const FiniteHead<Scalar>& head() const { return *head_; }
  const Matrix<Scalar>& pooling() const { return pooling_; }
  Matrix<Scalar> outputs() const { return pooling_ * head().output(); }

  /// Reverse mode through the decoder, and from all that it reads of the encoder's output through that.
  template <class Sink>
  requires GradientSink<Sink, Scalar>
  void pull(const Matrix<Scalar>& cotangents, Sink& sink) const {
    const detail::BlockSink<Sink> decoder_rows{sink, 0, decoder_->layout()},
        encoder_rows{sink, 0, encoder_->layout()};
    const Matrix<Scalar>& read = encoder_->output();
    Matrix<Scalar> memory =
        Matrix<Scalar>::Zero(cotangents.rows() / layout().rows() * read.rows(), read.cols());
    decoder_stem_.pull(decoder_->pull(head().pull(cotangents, decoder_rows), sink, encoder_->size(), memory),
                       decoder_rows);
    Matrix<Scalar> no_memory;
    encoder_stem_.pull(encoder_->pull(std::move(memory), sink, 0, no_memory), encoder_rows);
  }

 private:
  FiniteStem<Scalar> encoder_stem_, decoder_stem_;
  std::optional<std::size_t> shared_embedding_;
  Matrix<Scalar> pooling_;
  // Always there once constructed.
  std::optional<detail::FiniteTape<Scalar, E, FiniteContext<Scalar>>> encoder_;
  std::optional<detail::FiniteTape<Scalar, D, FiniteDecoderContext<Scalar>>> decoder_;
  std::optional<FiniteHead<Scalar>> head_;
};

}  // namespace widthwise
