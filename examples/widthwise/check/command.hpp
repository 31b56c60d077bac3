// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>

namespace widthwise::program {

/// Adds `widthwise check`: theory against random networks of several widths.
void add_check_command(CLI::App& program);

}  // namespace widthwise::program
