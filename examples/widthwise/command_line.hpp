// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>

namespace CLI {
class App;
}

namespace widthwise::program {

/// What an error says, all of it.
inline std::string whole_reason(const std::exception& error) {
  return error.what();
}

/// Parses the arguments and runs the command they name. Returns the exit status: 0, or 2 after one line on
/// standard error that begins with the program's name; `reason` says what is wrong.
int run_commands(CLI::App& program, int count, const char* const* arguments,
                 std::string (*reason)(const std::exception&) = whole_reason);

/// The whole program. Returns the exit status: 0, or 2 after one line on standard error that says what is
/// wrong.
int run_command_line(int count, const char* const* arguments);

}  // namespace widthwise::program
