// SPDX-License-Identifier: MIT
#pragma once

namespace CLI {
class App;
}

namespace widthwise::training {

void add_run_command(CLI::App& program);
void add_sweep_command(CLI::App& program);
void add_figure_command(CLI::App& program);

/// The whole program. Returns the exit status: 0, or 2 after one line on standard error that says what is
/// wrong.
int run_command_line(int count, const char* const* arguments);

}  // namespace widthwise::training
