// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>

namespace widthwise::program {

/// Adds `widthwise gram`: the output's kernels between all samples of an input, into a file that can be
/// resumed.
void add_gram_command(CLI::App& program);

}  // namespace widthwise::program
