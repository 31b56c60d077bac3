// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "input/input.hpp"

namespace widthwise::program {

/// The samples of all files, one after the other, each read as its name says.
///
/// `.json` holds numbers to be used as they are; `.png`, `.jpg`, `.jpeg`, `.ppm`, `.pgm` are images; `.idx`,
/// `-ubyte`, also with `.gz`, are IDX data sets; `.txt` is text. `samples` takes the first so many of all; a
/// data set needs it. Throws InputError where a file cannot be used, does not fit the shape, or there are too
/// few samples.
Input read_input(const std::vector<std::filesystem::path>& files, const InputShape& shape,
                 std::optional<Index> samples = {});

/// The pairs of all files. A `.json` file holds sources and targets; other files come in twos, the source and
/// behind it the target, which is text. `samples` takes the first so many of all. Throws InputError.
InputPair read_input_pair(const std::vector<std::filesystem::path>& files, const PairShape& shape,
                          std::optional<Index> samples = {});

/// What headings call the files: the first one's name, and how many more there are.
std::string names_of(const std::vector<std::filesystem::path>& files);

}  // namespace widthwise::program
