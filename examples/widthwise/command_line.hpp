// SPDX-License-Identifier: MIT
#pragma once

namespace widthwise::program {

/// The whole program. Returns the exit status: 0, or 2 after one line on standard error that says what is
/// wrong.
int run_command_line(int count, const char* const* arguments);

}  // namespace widthwise::program
