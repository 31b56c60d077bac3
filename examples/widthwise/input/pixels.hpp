// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "input/image_geometry.hpp"

namespace widthwise::program {

/// An image of 8 bits a channel: height × width × channels bytes, rows from the top, channels together.
struct Pixels {
  Index height = 0;
  Index width = 0;
  Index channels = 0;  ///< 1 or 3
  std::span<const unsigned char> values;
};

/// Throws InputError for an image of more than `most` pixels.
void require_size(const Pixels& image, const std::string& file, Index most);

/// What brings a channel's numbers from [0, 1] to a mean near zero: x ↦ (x − mean) / deviation.
struct Normalization {
  double mean = 0.5;
  double deviation = 0.5;
};

/// One image of one or three channels as patches, geometry.tokens() × geometry.inputs().
///
/// The largest centred square of the image is scaled to image_size × image_size, which equals scaling the
/// shorter side and cropping. A gray image is repeated for three channels, and of a colour image one channel
/// gets the luminance (0.299, 0.587, 0.114 of red, green and blue). Patches go row by row from the upper
/// left; within a patch, pixels do too, and a pixel's channels stay together. `normalization` has one entry
/// per channel.
Matrix<double> cut_patches(const Pixels& image, const ImageGeometry& geometry,
                           std::span<const Normalization> normalization);

}  // namespace widthwise::program
