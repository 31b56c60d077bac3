// SPDX-License-Identifier: MIT
#include "input/pixels.hpp"

#include <algorithm>
#include <cassert>

#include "input/input_error.hpp"
#include "input/stb.hpp"

namespace widthwise::program {

namespace {

// The largest centred square, size × size × channels, from 0 to 255 as the image is.
std::vector<float> square(const Pixels& image, Index size) {
  const Index side = std::min(image.height, image.width);
  const Index top = (image.height - side) / 2, left = (image.width - side) / 2;
  std::vector<float> crop(static_cast<std::size_t>(side * side * image.channels));
  const Index row_values = side * image.channels;
  for (Index y = 0; y < side; ++y) {
    const auto row =
        image.values.subspan(static_cast<std::size_t>(((top + y) * image.width + left) * image.channels),
                             static_cast<std::size_t>(row_values));
    std::copy(row.begin(), row.end(), crop.begin() + y * row_values);
  }
  if (side == size) return crop;
  std::vector<float> scaled(static_cast<std::size_t>(size * size * image.channels));
  stb::resize(crop.data(), side, scaled.data(), size, image.channels);
  return scaled;
}

// A pixel's channel as a model of one or three wants it.
double channel_of(std::span<const float> pixel, Index channel, const ImageGeometry& geometry) {
  if (pixel.size() == 1) return pixel[0];
  if (geometry.channels == 3) return pixel[static_cast<std::size_t>(channel)];
  return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
}

}  // namespace

void require_size(const Pixels& image, const std::string& file, Index most) {
  if (image.height <= most / image.width) return;
  throw InputError(file, "",
                   "has " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                       " pixels, which is more than " + std::to_string(most));
}

Matrix<double> cut_patches(const Pixels& image, const ImageGeometry& geometry,
                           std::span<const Normalization> normalization) {
  assert(image.channels == 1 || image.channels == 3);
  assert(static_cast<Index>(normalization.size()) == geometry.channels);
  const std::vector<float> values = square(image, geometry.image_size);
  const Index p = geometry.patch_size;
  Matrix<double> patches(geometry.tokens(), geometry.inputs());
  for (Index y = 0; y < geometry.side() * p; ++y)
    for (Index x = 0; x < geometry.side() * p; ++x)
      for (Index c = 0; c < geometry.channels; ++c) {
        const std::span pixel(values.begin() + (y * geometry.image_size + x) * image.channels,
                              static_cast<std::size_t>(image.channels));
        const double value = channel_of(pixel, c, geometry);
        const auto [mean, deviation] = normalization[static_cast<std::size_t>(c)];
        patches((y / p) * geometry.side() + x / p, ((y % p) * p + x % p) * geometry.channels + c) =
            (value / 255 - mean) / deviation;
      }
  return patches;
}

}  // namespace widthwise::program
