// SPDX-License-Identifier: MIT
#include "input/json_input.hpp"

#include <cstdint>
#include <cstdlib>

#include "input/input_error.hpp"

using namespace widthwise::program;

// Whatever the text, it is an input of the wanted shape, or pairs, or an InputError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const InputShape& shape : {InputShape(PatchShape{2, 3}), InputShape(TokenShape{4, 300})}) {
    try {
      const Input input = parse_input(text, "x.json", shape);
      if (const auto* patches = std::get_if<widthwise::Patches<double>>(&input)) {
        if (patches->values.rows() != patches->layout.rows() || patches->values.cols() != 3 ||
            patches->layout.samples < 1 || patches->layout.tokens != 2 || !patches->values.allFinite())
          std::abort();
      } else {
        const auto& tokens = std::get<widthwise::TokenIds>(input);
        if (tokens.layout.rows() != static_cast<widthwise::Index>(tokens.ids.size()) ||
            tokens.layout.rows() < 1 || tokens.layout.tokens > 4)
          std::abort();
        for (const auto id : tokens.ids)
          if (id < 0 || id >= 300) std::abort();
      }
    } catch (const InputError&) {
    }
  }
  try {
    const InputPair pair = parse_input_pair(text, "x.json", {TokenShape{4, 300}, TokenShape{3, 300}});
    const auto& source = std::get<widthwise::TokenIds>(pair.source);
    if (source.layout.rows() != static_cast<widthwise::Index>(source.ids.size()) ||
        pair.target.layout.rows() != static_cast<widthwise::Index>(pair.target.ids.size()) ||
        source.layout.samples != pair.target.layout.samples)
      std::abort();
  } catch (const InputError&) {
  }
  return 0;
}
