// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "input/input.hpp"

namespace widthwise::program {

/// Samples from JSON: {"patches": [[[…inputs…] …tokens…] …samples…]} or {"token_ids": [[…tokens…]
/// …samples…]}.
///
/// The shape says which of the two the model takes. Samples of token ids may differ in length. Throws
/// InputError naming the field, such as `patches[0][3]`, for another field, another shape, numbers that are
/// not finite or not whole, and unknown tokens.
Input parse_input(const std::string& text, const std::string& file, const InputShape& shape);

/// Pairs from JSON: {"source": […], "target": […]}, each as the field of the input above: samples of patches
/// or token ids, and of token ids; as many of both.
InputPair parse_input_pair(const std::string& text, const std::string& file, const PairShape& shape);

/// The same of a file.
Input read_json_input(const std::filesystem::path& file, const InputShape& shape);
InputPair read_json_pair(const std::filesystem::path& file, const PairShape& shape);

}  // namespace widthwise::program
