// SPDX-License-Identifier: MIT
#include "input/idx.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "input/gzip_file.hpp"
#include "input/image.hpp"
#include "input/input.hpp"
#include "input/input_error.hpp"
#include "input/pixels.hpp"

namespace widthwise::program {

namespace {

Index big_endian(const std::vector<unsigned char>& bytes, std::size_t first) {
  std::uint32_t number = 0;
  for (std::size_t i = first; i < first + 4; ++i) number = (number << 8) | bytes[i];
  return number;
}

// Reads the magic number of unsigned bytes in so many dimensions, and their sizes.
std::vector<unsigned char> read_sizes(GzipFile& stream, const std::string& name, int dimensions,
                                      const std::string& what) {
  std::vector<unsigned char> bytes;
  stream.read(bytes, 4, "header");
  if (bytes[0] != 0 || bytes[1] != 0) throw InputError(name, "magic number", "is not that of an IDX file");
  if (bytes[2] != 8)
    throw InputError(name, "magic number",
                     "type " + std::to_string(bytes[2]) + " is not 8, that of unsigned bytes");
  if (bytes[3] != dimensions)
    throw InputError(name, "magic number",
                     "a set of " + what + " has " + std::to_string(dimensions) +
                         (dimensions == 1 ? " dimension" : " dimensions") + ", this file has " +
                         std::to_string(bytes[3]));
  stream.read(bytes, 4 * static_cast<std::size_t>(dimensions), "header");
  return bytes;
}

void require_samples(Index samples, Index there, const std::string& name, const std::string& what) {
  if (samples < 1 || samples > there)
    throw InputError(
        name, "samples",
        std::to_string(samples) + " " + what + " were asked for, the file has " + std::to_string(there));
}

struct Header {
  Index images, rows, columns;
};

Header read_header(GzipFile& stream, const std::string& name) {
  const std::vector<unsigned char> bytes = read_sizes(stream, name, 3, "images");
  const Header header{big_endian(bytes, 4), big_endian(bytes, 8), big_endian(bytes, 12)};
  if (header.rows < 1 || header.columns < 1 || header.rows > most_pixels / header.columns)
    throw InputError(name, "header",
                     "images of " + std::to_string(header.rows) + "x" + std::to_string(header.columns) +
                         " pixels cannot be used");
  return header;
}

}  // namespace

Patches<double> read_idx(const std::filesystem::path& file, const ImageGeometry& geometry, Index samples) {
  const std::string name = file.string();
  GzipFile stream(file);
  const Header header = read_header(stream, name);
  require_samples(samples, header.images, name, "images");

  const std::vector<Normalization> normalization(static_cast<std::size_t>(geometry.channels), {0.5, 0.5});
  std::vector<Patches<double>> images;
  std::vector<unsigned char> bytes;
  for (Index i = 0; i < samples; ++i) {
    bytes.clear();
    stream.read(bytes, static_cast<std::size_t>(header.rows * header.columns), "image " + std::to_string(i));
    images.push_back({{1, geometry.tokens()},
                      cut_patches({header.rows, header.columns, 1, bytes}, geometry, normalization)});
  }
  return join(images);
}

std::vector<int> read_idx_labels(const std::filesystem::path& file, Index samples) {
  const std::string name = file.string();
  GzipFile stream(file);
  require_samples(samples, big_endian(read_sizes(stream, name, 1, "labels"), 4), name, "labels");
  std::vector<unsigned char> bytes;
  stream.read(bytes, static_cast<std::size_t>(samples), "labels");
  return {bytes.begin(), bytes.end()};
}

}  // namespace widthwise::program
