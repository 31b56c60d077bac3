// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct gzFile_s;

namespace widthwise::program {

/// Reads a gzipped file, and one that is not, in the same way. Everything throws InputError.
class GzipFile {
 public:
  explicit GzipFile(const std::filesystem::path& file);

  /// Appends so many bytes; `field` is what an error calls them.
  void read(std::vector<unsigned char>& bytes, std::size_t count, const std::string& field);

  /// All bytes that are left.
  std::vector<unsigned char> rest();

 private:
  // Appends up to so many bytes, and returns how many.
  std::size_t append(std::vector<unsigned char>& bytes, std::size_t most, const std::string& field);

  struct Close {
    void operator()(gzFile_s* stream) const;
  };
  std::string name_;
  std::unique_ptr<gzFile_s, Close> stream_;
};

}  // namespace widthwise::program
