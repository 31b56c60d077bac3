// SPDX-License-Identifier: MIT
#include "model_file.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "input/input_error.hpp"

using namespace widthwise::program;

// Whatever the text, it is an InputError or a model, which is the same after writing and reading it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto model = parse_any_model(std::string(reinterpret_cast<const char*>(data), size), "x.json");
    const Json written = model_json(model);
    if (model_json(parse_any_model(json_text(written), "y.json")) != written) std::abort();
  } catch (const InputError&) {
  }
  return 0;
}
