// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>

namespace widthwise::program {

/// Adds `widthwise flow`: kernels and gradients of a model at initialization, for given input.
void add_flow_command(CLI::App& program);

}  // namespace widthwise::program
