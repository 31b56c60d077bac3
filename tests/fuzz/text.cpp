// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string>

#include "input/input_error.hpp"
#include "input/text_input.hpp"
#include "output/plot/canvas.hpp"
#include "utf8.hpp"

using namespace widthwise::program;

// Whatever the text, it is a sample of bytes or an InputError; and it can be escaped.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    if (parse_text(text, "x.txt", {5, 256}).ids.size() != 5) std::abort();
  } catch (const InputError&) {
  }
  const std::string safe = plot::escaped(text);
  if (safe.find_first_of("<>\"'") != std::string::npos) std::abort();
  for (std::size_t i = 0; i < safe.size();) {
    const std::size_t length = character_length(std::string_view(safe).substr(i));
    if (length == 0) std::abort();
    i += length;
  }
  return 0;
}
