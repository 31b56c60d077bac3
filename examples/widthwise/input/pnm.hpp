// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/pixels.hpp"

namespace widthwise::program {

/// Whether bytes begin as those of a PGM or PPM image do: P2, P3, P5 or P6.
bool is_pnm(std::string_view bytes);

/// The pixels of such an image, scaled from 0…maxval to 0…255, with what they refer to in `values`.
/// Throws InputError where the header is wrong, there are more than `most` pixels, or the file ends early.
Pixels decode_pnm(std::string_view bytes, const std::string& file, Index most,
                  std::vector<unsigned char>& values);

}  // namespace widthwise::program
