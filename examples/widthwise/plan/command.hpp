// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>

namespace widthwise::program {

/// Adds `widthwise plan`: initialization deviations, learning rates and weight decays of a model.
void add_plan_command(CLI::App& program);

}  // namespace widthwise::program
