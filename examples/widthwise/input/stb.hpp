// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "widthwise/kernel/matrix.hpp"

/// The few things the program asks of the stb libraries, so that no other file includes their headers.
namespace widthwise::program::stb {

/// The height, width and channels (1 to 4) that an image's header claims, or nothing for bytes that are no
/// PNG or JPEG.
struct Size {
  Index height, width, channels;
};
std::optional<Size> image_size(std::span<const unsigned char> bytes);

struct Free {
  void operator()(unsigned char* values) const;
};
using Bytes = std::unique_ptr<unsigned char[], Free>;

/// The pixels of an image as height × width × channels bytes, or null with the reason in `error`.
/// `channels` is 1 or 3; transparency is dropped.
Bytes decode(std::span<const unsigned char> bytes, int channels, std::string& error);

/// Scales a square image of `from`² pixels to `to`², with a cubic filter (Catmull-Rom, what others call
/// bicubic) that is stretched to average where the image shrinks.
void resize(const float* input, Index from, float* output, Index to, Index channels);

/// The bytes of a PNG file for an image of 8-bit red, green and blue, row by row.
std::string png(std::span<const unsigned char> rgb, int width, int height);

}  // namespace widthwise::program::stb
