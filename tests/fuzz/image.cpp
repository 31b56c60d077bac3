// SPDX-License-Identifier: MIT
#include "input/image.hpp"

#include <cstdint>
#include <cstdlib>

#include "input/input_error.hpp"

using namespace widthwise::program;

// Whatever the bytes, they are patches of finite numbers or an InputError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const ImageGeometry& geometry : {ImageGeometry{8, 4, 3}, ImageGeometry{6, 3, 1}}) {
    try {
      const auto patches = decode_image(bytes, "x.png", geometry, 1 << 16);
      if (patches.values.rows() != geometry.tokens() || patches.values.cols() != geometry.inputs() ||
          !patches.values.allFinite())
        std::abort();
    } catch (const InputError&) {
    }
  }
  return 0;
}
