// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "widthwise/scaling/shapes.hpp"

namespace widthwise::program {

/// What files of names and shapes hold.
struct ShapeFiles {
  std::vector<TensorList> lists;
  ShapeConventions conventions;
};

/// Adds what a JSON text holds: names and shapes of one model, or an object with `models`, an array of such
/// objects, and any of `tied`, `rounding`, `roles`, `coefficients` and `learning_rate`; `file` is what errors
/// call it.
///
/// A tensor's value is the array of its sizes, or the name of the tensor that it is. Throws InputError naming
/// the field.
void parse_shapes(const std::string& text, const std::string& file, ShapeFiles& files);

/// All models in the files. Throws InputError where one cannot be read or used.
ShapeFiles read_shape_files(const std::vector<std::filesystem::path>& files);

}  // namespace widthwise::program
