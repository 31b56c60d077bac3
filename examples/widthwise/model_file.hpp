// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "json_text.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"

namespace widthwise::program {

/// The largest size that is read: far beyond any model, and a product of two such sizes fits into 64 bits.
inline constexpr std::int64_t largest_size = 1'000'000'000;

/// What a model file may hold.
using AnyModel = std::variant<Model, EncoderDecoderModel>;

/// The model that a JSON text describes; `file` is what errors call it.
///
/// Every field is required but `repeat` and `learning_rate`, whose entries are 1 where they are not set,
/// `class_token`, and the lists `before` and `after` of an encoder or decoder. Coefficients and learning
/// rates may be zero, which switches a term or a group off; sizes and the MLP multiplier may not. Throws
/// InputError naming the field.
AnyModel parse_any_model(const std::string& text, const std::string& file);

/// The same where it must not be an encoder–decoder.
Model parse_model(const std::string& text, const std::string& file);

/// The model in a file. Throws InputError where there is none, or none that can be used.
AnyModel read_any_model(const std::filesystem::path& file);

/// The model file of a model, its blocks written once with how often they repeat; `parse_any_model` reads it
/// back. Throws std::invalid_argument for a model that a file cannot hold: one with custom masks or several
/// epsilons.
Json model_json(const AnyModel& model);

}  // namespace widthwise::program
