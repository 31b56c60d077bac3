// SPDX-License-Identifier: MIT
#pragma once

#include "model_groups.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/network/transformer.hpp"

namespace widthwise::training {

/// Numbers whose deviation is 0.02, as the common practice draws embeddings.
inline constexpr double small_variance = 0.02 * 0.02;

/// The blocks of both models, with the paper's coefficients (Part II).
inline auto described_blocks(const ModelSizes& sizes, const Mask& mask) {
  const LayerNorm norm{layer_norm_epsilon};
  const SelfAttention attention{{.query = 0.5, .key = 0.5, .value = 0.5, .output = 1.0 / 3}, mask};
  const Mlp mlp{Gelu{}, {.input = 0.4, .output = 1.6}, static_cast<double>(sizes.mlp_multiplier)};
  return repeat(sizes.layers, chain(Residual{norm, attention}, Residual{norm, mlp}));
}

/// The Vision Transformer that is trained here, described to widthwise.
inline auto described_vision(const PlanRequest& request) {
  const ModelSizes& sizes = request.sizes;
  return Transformer{Sizes{.width = sizes.width, .heads = sizes.heads},
                     PatchStem{.coefficients = {.patch = 1, .position = small_variance},
                               .inputs = sizes.inputs,
                               .tokens = sizes.tokens},
                     described_blocks(sizes, Mask::none()),
                     LinearHead{.outputs = sizes.outputs, .norm = {layer_norm_epsilon}},
                     LearningRates{{"PE", request.position_rate}}};
}

/// The language model. The output multiplier of the scale family asks for word embeddings of order one;
/// without it they are small.
inline auto described_text(const PlanRequest& request) {
  const ModelSizes& sizes = request.sizes;
  return Transformer{
      Sizes{.width = sizes.width, .heads = sizes.heads},
      TokenStem{.coefficients = {.embedding = request.strategy == "uniform" ? small_variance : 1.0,
                                 .position = small_variance},
                .vocabulary = sizes.outputs,
                .tokens = sizes.tokens},
      described_blocks(sizes, Mask::causal()), TiedHead{.norm = {layer_norm_epsilon}},
      LearningRates{{"PE", request.position_rate}}};
}

}  // namespace widthwise::training
