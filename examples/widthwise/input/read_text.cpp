// SPDX-License-Identifier: MIT
#include "input/read_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "input/input_error.hpp"

namespace widthwise::program {

std::string read_start(const std::filesystem::path& file, std::size_t most) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) throw InputError(file.string(), "", "is a directory");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError(file.string(), "", errno ? std::strerror(errno) : "cannot be opened");
  // Grows with what is there: what a file claims to be is no reason to set memory aside.
  constexpr std::size_t chunk = std::size_t{1} << 16;
  std::string bytes;
  while (stream && bytes.size() < most) {
    const std::size_t had = bytes.size(), wanted = std::min(chunk, most - had);
    bytes.resize(had + wanted);
    stream.read(bytes.data() + had, static_cast<std::streamsize>(wanted));
    bytes.resize(had + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw InputError(file.string(), "", "reading failed");
  return bytes;
}

std::string read_text(const std::filesystem::path& file, std::size_t most) {
  std::string bytes = read_start(file, most + 1);
  if (bytes.size() > most)
    throw InputError(file.string(), "", "is larger than " + std::to_string(most) + " bytes");
  return bytes;
}

}  // namespace widthwise::program
