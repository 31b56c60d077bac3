// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>

#include "input/input.hpp"

namespace widthwise::program {

/// One sample from the first shape.tokens bytes of a UTF-8 text, or all of a shorter one; bytes are the
/// tokens, 0 to 255.
///
/// Only what is read is looked at, with the rest of a character that the last byte begins. Throws InputError
/// for an empty text, for bytes that are not UTF-8, and for a byte that the vocabulary does not have.
TokenIds parse_text(std::string_view text, const std::string& file, TokenShape shape);

/// The same of a file.
TokenIds read_text_input(const std::filesystem::path& file, TokenShape shape);

}  // namespace widthwise::program
