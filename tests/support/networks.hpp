// SPDX-License-Identifier: MIT
#pragma once

#include "support/kernels.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/network/encoder_decoder.hpp"
#include "widthwise/network/transformer.hpp"

namespace widthwise::test {

/// A small network with everything in it: class token, both masks, two activations, uneven coefficients.
inline auto small_vision(Pool pool = Pool::mean, LearningRates rates = {}, Mask mask = Mask::none()) {
  const LayerNorm norm{0.05};
  return Transformer{
      Sizes{48, 4},
      PatchStem{
          .coefficients = {.patch = 1.1, .position = 0.3, .class_token = 0.8}, .inputs = 5, .tokens = 3},
      chain(Residual{norm, SelfAttention{{.query = 0.9, .key = 1.3, .value = 1.1, .output = 0.7}, mask}},
            Residual{norm, Mlp{Relu{}, MlpCoefficients{.input = 1.5, .output = 1.2}, 2}},
            Residual{norm, SelfAttention{{.query = 1.4, .key = 0.6, .value = 0.8, .output = 1.3}}},
            Residual{norm, Mlp{Gelu{}, MlpCoefficients{.input = 0.7, .output = 1.9}, 3}}),
      LinearHead{.coefficients = {.weight = 1.2}, .outputs = 7, .bias = true, .pool = pool, .norm = norm},
      rates};
}

inline Patches<double> small_patches(Index samples = 2) {
  return {{samples, 3}, normal_matrix(3 * samples, 5, 11)};
}

inline auto small_language(LearningRates rates = {}) {
  const LayerNorm norm{1e-5};
  return Transformer{
      Sizes{32, 2},
      TokenStem{.coefficients = {.embedding = 1, .position = 0.1}, .vocabulary = 20, .tokens = 6},
      repeat(2, chain(Residual{norm, SelfAttention{{}, Mask::causal()}},
                      Residual{norm, Mlp{Gelu{}, MlpCoefficients{}, 3}})),
      TiedHead{.norm = norm}, rates};
}

inline TokenIds small_tokens() {
  return {{2, 4}, {5, 2, 5, 7, 1, 2, 3, 2}};
}

/// A small encoder–decoder with everything in it: additional layer norms, a causal mask, uneven coefficients,
/// and a word embedding in three places.
inline auto small_encoder_decoder(Index layers = 2, LearningRates rates = {}) {
  const LayerNorm norm{1e-5};
  const TokenStem stem{.coefficients = {.embedding = 1, .position = 0.3}, .vocabulary = 20, .tokens = 6};
  const Residual<CrossAttention> cross{norm, {{.query = 1.2, .key = 0.8, .value = 1.1, .output = 0.7}}};
  return EncoderDecoder{
      Sizes{32, 2},
      stem,
      chain(
          norm,
          repeat(layers,
                 chain(Residual{norm, SelfAttention{{.query = 0.9, .key = 1.3, .value = 1.1, .output = 0.7}}},
                       Residual{norm, Mlp{Gelu{}, MlpCoefficients{.input = 0.7, .output = 1.9}, 2}})),
          norm),
      stem,
      chain(norm, repeat(layers, chain(Residual{norm, SelfAttention{{}, Mask::causal()}}, cross,
                                       Residual{norm, Mlp{Gelu{}, MlpCoefficients{}, 3}}))),
      TiedHead{.norm = norm},
      rates};
}

/// Pairs of sequences of different lengths, with tokens that occur several times and in both.
inline SequencePair<TokenIds> small_pair() {
  return {{TokenLayout::of_lengths({4, 2}), {5, 2, 5, 7, 2, 3}},
          {TokenLayout::of_lengths({2, 3}), {1, 2, 1, 4, 5}}};
}

}  // namespace widthwise::test
