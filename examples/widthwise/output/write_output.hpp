// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace widthwise::program {

/// Text that a command has made, and where it goes: a file, or standard output without one.
struct Output {
  std::optional<std::filesystem::path> file;
  std::string text;
};

/// Throws InputError where `file` cannot be written; to be asked before long work. Nothing is written.
void require_writable(const std::filesystem::path& file);

/// Writes all of the outputs or, where one of the files cannot be written, none.
///
/// Each file is written beside its place under a temporary name and then renamed, so that it appears whole or
/// not at all; a link is followed, and what is no regular file, such as /dev/null, is written to directly.
/// Throws InputError.
void write_outputs(const std::vector<Output>& outputs);

}  // namespace widthwise::program
