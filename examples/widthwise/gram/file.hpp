// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "gram/run.hpp"
#include "json_text.hpp"

namespace widthwise::program {

/// What a Gram file says first: all that its digits depend on. Equal headers give equal files.
Json gram_header(const Model& model, const Input& input, const GramSettings& settings);

/// A file of one JSON object a line: a header, then the tiles in the order of GramTiling.
///
/// A line ends with the CRC-32 of all before it, that of the line before included, so that a torn or changed
/// line is told from a whole one (docs/gram.md). Tiles are appended in one piece each and flushed to the
/// disk.
class GramFile {
 public:
  /// Opens the file, or begins it, and finds the tiles that it holds already. What follows the last good one
  /// is cut off.
  ///
  /// Throws InputError where the file cannot be written, holds anything else, was begun with another header,
  /// which is named by its field, or is being written by another process.
  GramFile(const std::filesystem::path& file, const Json& header);
  GramFile(const GramFile&) = delete;
  GramFile& operator=(const GramFile&) = delete;
  /// A file that was begun here and got no tile is removed.
  ~GramFile();

  /// Tiles that are there.
  Index tiles() const { return tiles_; }
  /// Tiles among them whose flow stopped short of the tolerance.
  Index short_tiles() const { return short_tiles_; }
  /// Bytes that were cut off.
  std::uintmax_t cut() const { return cut_; }

  /// Adds the next tile. Throws InputError where it cannot be written.
  void append(const GramBlock<double>& block);

 private:
  void open();
  void read(const Json& header);
  void begin(const std::string& line);
  void write(const std::string& line);

  std::filesystem::path file_;
  int descriptor_ = -1;
  bool begun_ = false;
  std::uint32_t sum_ = 0;  // of the last good line
  Index most_tiles_ = 0, tiles_ = 0, short_tiles_ = 0;
  std::uintmax_t cut_ = 0;
};

}  // namespace widthwise::program
