// SPDX-License-Identifier: MIT
#include "input/idx.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "input/input_error.hpp"

using namespace widthwise::program;

// Whatever the bytes, plain or gzipped, they are two samples of finite numbers or an InputError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = ::memfd_create("x.idx", 0);
  if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
  try {
    const auto patches = read_idx("/proc/self/fd/" + std::to_string(file), {4, 2, 1}, 2);
    if (patches.values.rows() != 8 || patches.values.cols() != 4 || !patches.values.allFinite()) std::abort();
  } catch (const InputError&) {
  }
  ::close(file);
  return 0;
}
