// SPDX-License-Identifier: MIT
#pragma once

#include "input/read_input.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"

namespace widthwise::program {

/// What the model's stem takes.
InputShape input_shape(const Model& model);
PairShape input_shape(const EncoderDecoderModel& model);

/// The samples of all files, as the model's stem takes them, or its stems. Throws InputError.
Input read_input(const std::vector<std::filesystem::path>& files, const Model& model,
                 std::optional<Index> samples);
InputPair read_input(const std::vector<std::filesystem::path>& files, const EncoderDecoderModel& model,
                     std::optional<Index> samples);

/// The rows of the network for an input: those of the input and a class token where there is one.
TokenLayout network_layout(const Model& model, TokenLayout input);
/// The same of an encoder.
TokenLayout network_layout(const EncoderDecoderModel& model, TokenLayout input);

}  // namespace widthwise::program
