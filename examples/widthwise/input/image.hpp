// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "input/image_geometry.hpp"
#include "widthwise/kernel/input.hpp"

namespace widthwise::program {

/// Images of more pixels than this are refused.
inline constexpr Index most_pixels = 64'000'000;

/// A PNG, JPEG, PPM or PGM image as the patches of one sample; `file` is what errors call it.
///
/// Scaled and cropped as `cut_patches` says, then normalized with the mean and deviation that ImageNet has in
/// each channel, as is usual for Vision Transformers; one-channel models get the luminance and the mean of
/// those three. Throws InputError for what cannot be decoded and for images above `most` pixels.
Patches<double> decode_image(const std::string& bytes, const std::string& file, const ImageGeometry& geometry,
                             Index most = most_pixels);

/// The same of a file.
Patches<double> read_image(const std::filesystem::path& file, const ImageGeometry& geometry);

}  // namespace widthwise::program
