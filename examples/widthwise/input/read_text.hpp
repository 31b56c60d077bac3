// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace widthwise::program {

/// The first bytes of a file, at most `most` of them. Throws InputError where the file cannot be read.
std::string read_start(const std::filesystem::path& file, std::size_t most);

/// All bytes of a file. Throws InputError where it cannot be read, or is larger than `most` bytes.
std::string read_text(const std::filesystem::path& file, std::size_t most);

}  // namespace widthwise::program
