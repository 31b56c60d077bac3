// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "json_text.hpp"
#include "widthwise/network/model.hpp"

namespace widthwise::program {

/// The largest size that is read: far beyond any model, and a product of two such sizes fits into 64 bits.
inline constexpr std::int64_t largest_size = 1'000'000'000;

/// The model that a JSON text describes; `file` is what errors call it.
///
/// Every field is required but `repeat` and `learning_rate`, whose entries are 1 where they are not set, and
/// `class_token`. Coefficients and learning rates may be zero, which switches a term or a group off; sizes
/// and the MLP multiplier may not. Throws InputError naming the field.
Model parse_model(const std::string& text, const std::string& file);

/// The model in a file. Throws InputError where there is none, or none that can be used.
Model read_model(const std::filesystem::path& file);

/// The model file of a model, its blocks written once with how often they repeat; `parse_model` reads it
/// back. Throws std::invalid_argument for a model that a file cannot hold: one with custom masks or several
/// epsilons.
Json model_json(const Model& model);

}  // namespace widthwise::program
