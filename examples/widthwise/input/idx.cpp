// SPDX-License-Identifier: MIT
#include "input/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "input/image.hpp"
#include "input/input.hpp"
#include "input/input_error.hpp"
#include "input/pixels.hpp"

namespace widthwise::program {

namespace {

// Reads a gzipped file, and one that is not, in the same way.
class GzipFile {
 public:
  explicit GzipFile(const std::filesystem::path& file) : name_(file.string()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) throw InputError(name_, "", "is a directory");
    errno = 0;
    stream_.reset(gzopen(name_.c_str(), "rb"));
    if (!stream_) throw InputError(name_, "", errno ? std::strerror(errno) : "cannot be opened");
  }

  // Appends so many bytes, in chunks, so that memory grows with what is there and not with what a header
  // claims.
  void read(std::vector<unsigned char>& bytes, std::size_t count, const std::string& field) {
    constexpr std::size_t chunk = std::size_t{1} << 16;
    while (count > 0) {
      const std::size_t had = bytes.size(), wanted = std::min(chunk, count);
      bytes.resize(had + wanted);
      const int got = gzread(stream_.get(), bytes.data() + had, static_cast<unsigned>(wanted));
      int status = Z_OK;
      const char* reason = gzerror(stream_.get(), &status);
      if (got < 0 || (status != Z_OK && status != Z_BUF_ERROR))
        throw InputError(name_, field, std::string("cannot be unpacked: ") + reason);
      if (static_cast<std::size_t>(got) < wanted) throw InputError(name_, field, "the file ends early");
      count -= wanted;
    }
  }

 private:
  struct Close {
    void operator()(gzFile_s* stream) const { gzclose(stream); }
  };
  std::string name_;
  std::unique_ptr<gzFile_s, Close> stream_;
};

Index big_endian(const std::vector<unsigned char>& bytes, std::size_t first) {
  std::uint32_t number = 0;
  for (std::size_t i = first; i < first + 4; ++i) number = (number << 8) | bytes[i];
  return number;
}

struct Header {
  Index images, rows, columns;
};

Header read_header(GzipFile& stream, const std::string& name) {
  std::vector<unsigned char> bytes;
  stream.read(bytes, 4, "header");
  if (bytes[0] != 0 || bytes[1] != 0) throw InputError(name, "magic number", "is not that of an IDX file");
  if (bytes[2] != 8)
    throw InputError(name, "magic number",
                     "type " + std::to_string(bytes[2]) + " is not 8, that of unsigned bytes");
  if (bytes[3] != 3)
    throw InputError(name, "magic number",
                     "a set of images has 3 dimensions, this file has " + std::to_string(bytes[3]));
  stream.read(bytes, 12, "header");
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
  if (samples < 1 || samples > header.images)
    throw InputError(
        name, "samples",
        std::to_string(samples) + " images were asked for, the file has " + std::to_string(header.images));

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

}  // namespace widthwise::program
