// SPDX-License-Identifier: MIT
#include "input/gzip_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "input/input_error.hpp"

namespace widthwise::program {

namespace {

// Bytes come in chunks, so that memory grows with what is there and not with what a header claims.
constexpr std::size_t gzip_chunk = std::size_t{1} << 16;

}  // namespace

void GzipFile::Close::operator()(gzFile_s* stream) const {
  gzclose(stream);
}

GzipFile::GzipFile(const std::filesystem::path& file) : name_(file.string()) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) throw InputError(name_, "", "is a directory");
  errno = 0;
  stream_.reset(gzopen(name_.c_str(), "rb"));
  if (!stream_) throw InputError(name_, "", errno ? std::strerror(errno) : "cannot be opened");
}

std::size_t GzipFile::append(std::vector<unsigned char>& bytes, std::size_t most, const std::string& field) {
  const std::size_t had = bytes.size();
  bytes.resize(had + most);
  const int got = gzread(stream_.get(), bytes.data() + had, static_cast<unsigned>(most));
  int status = Z_OK;
  const char* reason = gzerror(stream_.get(), &status);
  if (got < 0 || (status != Z_OK && status != Z_BUF_ERROR))
    throw InputError(name_, field, std::string("cannot be unpacked: ") + reason);
  bytes.resize(had + static_cast<std::size_t>(got));
  return static_cast<std::size_t>(got);
}

void GzipFile::read(std::vector<unsigned char>& bytes, std::size_t count, const std::string& field) {
  while (count > 0) {
    const std::size_t wanted = std::min(gzip_chunk, count);
    if (append(bytes, wanted, field) < wanted) throw InputError(name_, field, "the file ends early");
    count -= wanted;
  }
}

std::vector<unsigned char> GzipFile::rest() {
  std::vector<unsigned char> bytes;
  while (append(bytes, gzip_chunk, "") == gzip_chunk) {
  }
  return bytes;
}

}  // namespace widthwise::program
