// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "widthwise/network/encoder_decoder.hpp"
#include "widthwise/network/model.hpp"

namespace widthwise {

/// Any block of an encoder, and any of a decoder, for networks that are built at run time.
using AnyEncoderBlock = detail::JoinVariants<std::variant<LayerNorm>, AnyBlock>::type;
using AnyDecoderBlock = detail::JoinVariants<AnyEncoderBlock, std::variant<Residual<CrossAttention>>>::type;

/// An encoder–decoder built at run time, from a model file or a preset.
using EncoderDecoderModel = EncoderDecoder<std::variant<PatchStem, TokenStem>, AnyEncoderBlock,
                                           AnyDecoderBlock, std::variant<LinearHead, TiedHead>>;

/// A well-known encoder–decoder by name.
struct EncoderDecoderPreset {
  std::string_view name;
  std::string_view description;
  EncoderDecoderModel model;
};

namespace detail {

/// The paper's language model (sections 2.2–2.4): BART in pre-norm form, with three additional layer norms.
///
/// Every weight is drawn at one standard deviation, 0.02 (theory §7, "standard"): C = n std², C_X = M n std².
/// The word embedding has its own variance, which is 1 in the neural-tangent set-up.
inline EncoderDecoderModel bart(Sizes sizes, Index layers, double embedding) {
  const double n = static_cast<double>(sizes.width), std = 0.02, multiplier = 4, square = n * std * std;
  const LayerNorm norm{1e-5};
  const AttentionCoefficients c{.query = square, .key = square, .value = square, .output = square};
  const TokenStem stem{
      .coefficients = {.embedding = embedding, .position = std * std}, .vocabulary = 50265, .tokens = 514};
  const auto mlp = mlp_block("gelu", norm, {.input = square, .output = multiplier * square}, multiplier);
  Blocks<AnyEncoderBlock> encoder;
  append(encoder.sequence,
         chain(norm, repeat(layers, chain(AnyBlock(Residual{norm, SelfAttention{c}}), mlp)), norm));
  Blocks<AnyDecoderBlock> decoder;
  append(decoder.sequence,
         chain(norm, repeat(layers, chain(AnyBlock(Residual{norm, SelfAttention{c, Mask::causal()}}),
                                          Residual{norm, CrossAttention{c}}, mlp))));
  return {sizes, stem, encoder, stem, decoder, TiedHead{.pool = Pool::none, .norm = norm}};
}

}  // namespace detail

/// All presets that have an encoder and a decoder, in the order they are listed to users.
///
/// BART: Lewis et al. 2019, as the paper trains it; R2C2: Shuster et al. 2022. Standard and neural-tangent
/// set-ups differ in C_WE alone, 0.02² and 1 (theory §7); the multiplier of the output, 1 and n^(−1/2), is
/// the strategy's.
inline std::vector<EncoderDecoderPreset> encoder_decoder_presets() {
  using detail::bart;
  constexpr double standard = 0.02 * 0.02;
  return {{"bart-large", "BART-large in pre-norm form, the paper's language model, standard set-up",
           bart({1024, 16}, 12, standard)},
          {"bart-large-nt", "BART-large in the paper's neural-tangent set-up", bart({1024, 16}, 12, 1)},
          {"r2c2", "R2C2, the paper's large language model, standard set-up", bart({2048, 32}, 22, standard)},
          {"r2c2-nt", "R2C2 in the paper's neural-tangent set-up", bart({2048, 32}, 22, 1)}};
}

/// The encoder–decoder of the preset of that name. Throws std::invalid_argument that lists the known names.
inline EncoderDecoderModel encoder_decoder_preset(std::string_view name) {
  std::string known;
  for (auto& candidate : encoder_decoder_presets()) {
    if (candidate.name == name) return candidate.model;
    known += (known.empty() ? "" : ", ") + std::string(candidate.name);
  }
  detail::reject("preset \"", name, "\" is not one of ", known);
}

}  // namespace widthwise
