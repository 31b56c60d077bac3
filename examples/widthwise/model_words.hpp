// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "model_file.hpp"

namespace widthwise::program {

/// The sizes of a model in a few words, such as "width 768, 12 heads, 24 blocks, 196 tokens"; of an
/// encoder–decoder such as "width 1024, 16 heads, 26 + 37 blocks, 514 + 514 tokens".
std::string sizes_text(const AnyModel& model);

/// What the sizes in a plan's formulas stand for, such as "n = 768, n_patch = 768, M = 4, n_out = 1000".
std::string symbols_text(const AnyModel& model);

/// The initialization coefficients, such as "C_patch = 1, C_PE = 0.0004"; one that differs among blocks
/// stands there with each of its values.
std::string coefficients_text(const AnyModel& model);

}  // namespace widthwise::program
