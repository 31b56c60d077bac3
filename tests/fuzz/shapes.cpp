// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "input/input_error.hpp"
#include "plan/shapes_file.hpp"
#include "widthwise/scaling/plan.hpp"

using namespace widthwise;

// Whatever the text, it is refused or has a plan, with tensors for every line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    program::ShapeFiles files;
    program::parse_shapes(std::string(reinterpret_cast<const char*>(data), size), "x.json", files);
    const ShapedModel model = read_shapes(files.lists, files.conventions);
    if (tensors_of(model).size() != plan(model.groups, NeuralTangent{}, AdamW{}).groups.size()) std::abort();
  } catch (const program::InputError&) {
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
