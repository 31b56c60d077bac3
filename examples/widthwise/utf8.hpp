// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace widthwise::program {

/// The bytes of the longest UTF-8 character.
inline constexpr std::size_t longest_character = 4;

/// The bytes of the character that a text starts with, 0 where that is no UTF-8 (Unicode, Table 3-7) or no
/// text.
std::size_t character_length(std::string_view text);

/// How many characters a text has; bytes that are no UTF-8 count as one each.
std::size_t character_count(std::string_view text);

}  // namespace widthwise::program
