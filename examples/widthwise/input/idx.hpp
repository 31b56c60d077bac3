// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "input/image_geometry.hpp"
#include "widthwise/kernel/input.hpp"

namespace widthwise::program {

/// The first `samples` images of an IDX data set (as MNIST and its kin), plain or gzipped.
///
/// Three dimensions of unsigned bytes: images × rows × columns. Each image is scaled and cut as `cut_patches`
/// says, and its gray values are brought from 0…255 to [−1, 1], so that a sample does not depend on which
/// others are read. Throws InputError for another type or number of dimensions, for fewer images than asked
/// for, and for a file that ends early.
Patches<double> read_idx(const std::filesystem::path& file, const ImageGeometry& geometry, Index samples);

/// The labels of the first `samples` examples of an IDX data set, plain or gzipped: one dimension of unsigned
/// bytes.
///
/// Throws InputError for another type or number of dimensions, for fewer labels than asked for, and for a
/// file that ends early.
std::vector<int> read_idx_labels(const std::filesystem::path& file, Index samples);

}  // namespace widthwise::program
