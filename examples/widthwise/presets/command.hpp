// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>

namespace widthwise::program {

/// Adds `widthwise presets`: the architectures that are known by name, and their model files.
void add_presets_command(CLI::App& program);

}  // namespace widthwise::program
