// SPDX-License-Identifier: MIT
#include "input/text_input.hpp"

#include <algorithm>
#include <string>

#include "input/input_error.hpp"
#include "input/read_text.hpp"
#include "utf8.hpp"

namespace widthwise::program {

TokenIds parse_text(std::string_view text, const std::string& file, TokenShape shape) {
  if (text.empty()) throw InputError(file, "", "has no bytes, which are the tokens");
  const std::size_t tokens = std::min(text.size(), static_cast<std::size_t>(shape.tokens));
  for (std::size_t i = 0; i < tokens;) {
    const std::size_t length = character_length(text.substr(i));
    if (length == 0) throw InputError(file, "byte " + std::to_string(i), "is not UTF-8 text");
    i += length;
  }
  TokenIds input{{1, static_cast<Index>(tokens)}, {}};
  for (std::size_t i = 0; i < tokens; ++i) {
    const Index id = static_cast<unsigned char>(text[i]);
    if (id >= shape.vocabulary)
      throw InputError(
          file, "byte " + std::to_string(i),
          std::to_string(id) + " is not in the vocabulary of " + std::to_string(shape.vocabulary) + " items");
    input.ids.push_back(id);
  }
  return input;
}

TokenIds read_text_input(const std::filesystem::path& file, TokenShape shape) {
  const auto most = static_cast<std::size_t>(shape.tokens) + longest_character - 1;
  return parse_text(read_start(file, most), file.string(), shape);
}

}  // namespace widthwise::program
