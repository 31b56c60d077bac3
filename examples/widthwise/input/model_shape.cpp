// SPDX-License-Identifier: MIT
#include "input/model_shape.hpp"

namespace widthwise::program {

namespace {

using AnyStem = std::variant<PatchStem, TokenStem>;

TokenShape shape_of(const TokenStem& stem) {
  return {stem.tokens, stem.vocabulary};
}

InputShape shape_of(const AnyStem& stem) {
  if (const auto* patch = std::get_if<PatchStem>(&stem)) return PatchShape{patch->tokens, patch->inputs};
  return shape_of(std::get<TokenStem>(stem));
}

// A class token is one more in every sample; samples of patches have one length.
TokenLayout layout_behind(const AnyStem& stem, TokenLayout input) {
  const auto* patch = std::get_if<PatchStem>(&stem);
  if (patch && patch->coefficients.class_token) ++input.tokens;
  return input;
}

}  // namespace

InputShape input_shape(const Model& model) {
  return shape_of(model.stem);
}
PairShape input_shape(const EncoderDecoderModel& model) {
  return {shape_of(model.encoder_stem), shape_of(model.decoder_stem)};
}

Input read_input(const std::vector<std::filesystem::path>& files, const Model& model,
                 std::optional<Index> samples) {
  return read_input(files, input_shape(model), samples);
}
InputPair read_input(const std::vector<std::filesystem::path>& files, const EncoderDecoderModel& model,
                     std::optional<Index> samples) {
  return read_input_pair(files, input_shape(model), samples);
}

TokenLayout network_layout(const Model& model, TokenLayout input) {
  return layout_behind(model.stem, std::move(input));
}
TokenLayout network_layout(const EncoderDecoderModel& model, TokenLayout input) {
  return layout_behind(model.encoder_stem, std::move(input));
}

}  // namespace widthwise::program
