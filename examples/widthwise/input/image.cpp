// SPDX-License-Identifier: MIT
#include "input/image.hpp"

#include <array>
#include <span>
#include <vector>

#include "input/input_error.hpp"
#include "input/jpeg_check.hpp"
#include "input/pixels.hpp"
#include "input/pnm.hpp"
#include "input/read_text.hpp"
#include "input/stb.hpp"

namespace widthwise::program {

namespace {

constexpr std::array<Normalization, 3> imagenet{{{0.485, 0.229}, {0.456, 0.224}, {0.406, 0.225}}};
constexpr std::array<Normalization, 1> imagenet_gray{{{0.449, 0.226}}};

// Also keeps the sizes that stb counts in int within reach.
constexpr std::size_t largest_image = std::size_t{1} << 28;

Patches<double> cut(const Pixels& image, const ImageGeometry& geometry) {
  const std::span<const Normalization> normalization =
      geometry.channels == 1 ? std::span<const Normalization>(imagenet_gray) : imagenet;
  return {{1, geometry.tokens()}, cut_patches(image, geometry, normalization)};
}

}  // namespace

Patches<double> decode_image(const std::string& bytes, const std::string& file, const ImageGeometry& geometry,
                             Index most) {
  if (is_pnm(bytes)) {
    std::vector<unsigned char> values;
    return cut(decode_pnm(bytes, file, most, values), geometry);
  }
  const std::span data(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  if (!is_jpeg(data) && !bytes.starts_with("\x89PNG"))
    throw InputError(file, "", "is not a PNG, JPEG, PPM or PGM image");
  if (is_jpeg(data))
    if (const auto defect = jpeg_defect(data)) throw InputError(file, "", *defect);
  const auto size = stb::image_size(data);
  if (!size) throw InputError(file, "", "the image has a wrong header");
  Pixels image{size->height, size->width, size->channels < 3 ? 1 : 3, {}};
  require_size(image, file, most);
  std::string error;
  const stb::Bytes pixels = stb::decode(data, static_cast<int>(image.channels), error);
  if (!pixels) throw InputError(file, "", "the image cannot be decoded: " + error);
  image.values = {pixels.get(), static_cast<std::size_t>(image.height * image.width * image.channels)};
  return cut(image, geometry);
}

Patches<double> read_image(const std::filesystem::path& file, const ImageGeometry& geometry) {
  return decode_image(read_text(file, largest_image), file.string(), geometry);
}

}  // namespace widthwise::program
