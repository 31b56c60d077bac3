// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>

namespace widthwise::program {

/// Whether bytes begin as those of a JPEG image do.
inline bool is_jpeg(std::span<const unsigned char> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0xff && bytes[1] == 0xd8;
}

/// What is wrong with the markers of a JPEG file, or nothing.
///
/// The decoder trusts what is looked at here: it fills up with gray what is missing at the end of a file, and
/// some of its versions read beyond Huffman tables that are too long or that a scan uses undefined.
std::optional<std::string> jpeg_defect(std::span<const unsigned char> bytes);

}  // namespace widthwise::program
