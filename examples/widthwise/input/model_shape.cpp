// SPDX-License-Identifier: MIT
#include "input/model_shape.hpp"

namespace widthwise::program {

InputShape input_shape(const Model& model) {
  if (const auto* patch = std::get_if<PatchStem>(&model.stem))
    return PatchShape{patch->tokens, patch->inputs};
  const auto& token = std::get<TokenStem>(model.stem);
  return TokenShape{token.tokens, token.vocabulary};
}

TokenLayout network_layout(const Model& model, TokenLayout input) {
  const auto* patch = std::get_if<PatchStem>(&model.stem);
  if (patch && patch->coefficients.class_token) ++input.tokens;
  return input;
}

}  // namespace widthwise::program
