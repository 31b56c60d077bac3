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

/// Coefficients and activation that all layers of an encoder–decoder share.
struct LayerRecipe {
  LayerNorm norm;
  AttentionCoefficients attention;
  std::string_view activation;
  MlpCoefficients mlp;
  double multiplier = 4;
};

/// As many layers of both parts: self-attention and MLP; causal self-attention, cross-attention and MLP. The
/// encoder ends with a layer norm; with `norm_first`, both parts begin with one.
template <class Stem>
EncoderDecoderModel encoder_decoder(Sizes sizes, Index layers, const Stem& source, const TokenStem& target,
                                    const LayerRecipe& recipe, bool norm_first) {
  const auto& [norm, c, activation, coefficients, multiplier] = recipe;
  const AnyBlock mlp = mlp_block(activation, norm, coefficients, multiplier);
  const auto first = norm_first ? chain(norm) : Blocks<std::variant<LayerNorm>>{};
  Blocks<AnyEncoderBlock> encoder;
  append(encoder.sequence,
         chain(first, repeat(layers, chain(AnyBlock(Residual{norm, SelfAttention{c}}), mlp)), norm));
  Blocks<AnyDecoderBlock> decoder;
  append(decoder.sequence,
         chain(first, repeat(layers, chain(AnyBlock(Residual{norm, SelfAttention{c, Mask::causal()}}),
                                           Residual{norm, CrossAttention{c}}, mlp))));
  return {sizes, source, encoder, target, decoder, TiedHead{.pool = Pool::none, .norm = norm}};
}

/// The paper's language model (sections 2.2–2.4): BART in pre-norm form, with three additional layer norms.
///
/// Every weight is drawn at one standard deviation, 0.02 (theory §7, "standard"): C = n std², C_X = M n std².
/// The word embedding has its own variance, which is 1 in the neural-tangent set-up.
inline EncoderDecoderModel bart(Sizes sizes, Index layers, double embedding) {
  const double n = static_cast<double>(sizes.width), std = 0.02, multiplier = 4, square = n * std * std;
  const TokenStem stem{
      .coefficients = {.embedding = embedding, .position = std * std}, .vocabulary = 50265, .tokens = 514};
  return encoder_decoder(sizes, layers, stem, stem,
                         {.norm = {1e-5},
                          .attention = {.query = square, .key = square, .value = square, .output = square},
                          .activation = "gelu",
                          .mlp = {.input = square, .output = multiplier * square},
                          .multiplier = multiplier},
                         true);
}

/// The shape of T5-base (Raffel et al. 2019), its initialization in our terms: every C is one, as Q there is
/// drawn smaller by the root of its head's channels in place of a logit's 1/√C. Position embeddings, which
/// start from zero, stand for its relative biases.
inline EncoderDecoderModel t5_base_like() {
  const TokenStem stem{.coefficients = {.embedding = 1, .position = 0}, .vocabulary = 32128, .tokens = 512};
  return encoder_decoder(
      {768, 12}, 12, stem, stem,
      {.norm = {1e-6}, .attention = {}, .activation = "relu", .mlp = {.input = 1, .output = 1}}, false);
}

/// The shape of Whisper-base (Radford et al. 2022): 3000 frames of 80 mel channels, two to a token, for its
/// two convolutions one linear map. Matrices have the variance of PyTorch's default, 1/(3 fan-in), and
/// positions of the encoder that of sines, a half.
inline EncoderDecoderModel whisper_base_like() {
  constexpr double c = 1.0 / 3;
  return encoder_decoder(
      {512, 8}, 6,
      PatchStem{
          .coefficients = {.patch = 1, .position = 0.5, .class_token = {}}, .inputs = 160, .tokens = 1500},
      TokenStem{
          .coefficients = {.embedding = 1, .position = 0.02 * 0.02}, .vocabulary = 51865, .tokens = 448},
      {.norm = {1e-5},
       .attention = {.query = c, .key = c, .value = c, .output = c},
       .activation = "gelu",
       .mlp = {.input = c, .output = c}},
      false);
}

}  // namespace detail

/// All presets that have an encoder and a decoder, in the order they are listed to users.
///
/// BART: Lewis et al. 2019, as the paper trains it; R2C2: Shuster et al. 2022. Standard and neural-tangent
/// set-ups differ in C_WE alone, 0.02² and 1 (theory §7); the multiplier of the output, 1 and n^(−1/2), is
/// the strategy's. What is like T5 and Whisper, and what is not, docs/encoder-decoder.md says.
inline std::vector<EncoderDecoderPreset> encoder_decoder_presets() {
  using detail::bart;
  constexpr double standard = 0.02 * 0.02;
  return {{"bart-large", "BART-large in pre-norm form, the paper's language model, standard set-up",
           bart({1024, 16}, 12, standard)},
          {"bart-large-nt", "BART-large in the paper's neural-tangent set-up", bart({1024, 16}, 12, 1)},
          {"r2c2", "R2C2, the paper's large language model, standard set-up", bart({2048, 32}, 22, standard)},
          {"r2c2-nt", "R2C2 in the paper's neural-tangent set-up", bart({2048, 32}, 22, 1)},
          {"t5-base-like", "the shape of T5-base, learned positions for its relative biases",
           detail::t5_base_like()},
          {"whisper-base-like", "the shape of Whisper-base, one linear map for its convolutions",
           detail::whisper_base_like()}};
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
