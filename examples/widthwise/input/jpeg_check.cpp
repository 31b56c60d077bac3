// SPDX-License-Identifier: MIT
#include "input/jpeg_check.hpp"

#include <array>

namespace widthwise::program {

namespace {

using Segment = std::span<const unsigned char>;

constexpr unsigned image_start = 0xd8, image_end = 0xd9, huffman_tables = 0xc4, scan = 0xda;

// Markers without a segment: stuffed bytes of a scan, restarts, and the start.
bool stands_alone(unsigned marker) {
  return marker == 0x00 || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7) || marker == image_start;
}

// Which Huffman tables there are, for the constant (DC) and the other (AC) coefficients.
struct Tables {
  std::array<bool, 4> constant{}, other{};

  // A list of tables, each a class and number, sixteen counts and then the symbols.
  bool define(Segment list) {
    while (!list.empty()) {
      const unsigned kind = list[0] >> 4, number = list[0] & 15;
      if (kind > 1 || number > 3 || list.size() < 17) return false;
      std::size_t symbols = 0;
      for (std::size_t i = 1; i <= 16; ++i) symbols += list[i];
      if (symbols > 256 || list.size() < 17 + symbols) return false;
      (kind == 0 ? constant : other)[number] = true;
      list = list.subspan(17 + symbols);
    }
    return true;
  }

  // A scan's header: how many components, for each its number and tables, then first and last coefficient.
  bool serve(Segment header) const {
    if (header.size() < 4 || header.size() != 4 + std::size_t{2} * header[0]) return false;
    const Segment span = header.last(3);
    for (std::size_t i = 0; i < header[0]; ++i) {
      const unsigned numbers = header[2 + 2 * i], dc = numbers >> 4, ac = numbers & 15;
      if (dc > 3 || ac > 3) return false;
      if (span[0] == 0 && !constant[dc] && span[2] >> 4 == 0) return false;
      if (span[1] > 0 && !other[ac]) return false;
    }
    return true;
  }
};

}  // namespace

std::optional<std::string> jpeg_defect(Segment bytes) {
  Tables tables;
  for (std::size_t i = 0; i + 1 < bytes.size();) {
    const unsigned marker = bytes[i + 1];
    if (bytes[i] != 0xff || marker == 0xff) {
      ++i;
      continue;
    }
    if (marker == image_end) return std::nullopt;
    i += 2;
    if (stands_alone(marker)) continue;
    if (i + 2 > bytes.size()) break;
    const std::size_t length = bytes[i] * std::size_t{256} + bytes[i + 1];
    if (length < 2 || length > bytes.size() - i) break;
    const Segment segment = bytes.subspan(i + 2, length - 2);
    if (marker == huffman_tables && !tables.define(segment)) return "the image has a wrong Huffman table";
    if (marker == scan && !tables.serve(segment)) return "the image has a scan without its Huffman tables";
    i += length;
  }
  return "the image ends early";
}

}  // namespace widthwise::program
