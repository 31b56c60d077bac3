// SPDX-License-Identifier: MIT
#include "command_line.hpp"
#include "flow/memory.hpp"

int main(int count, char** arguments) {
  widthwise::program::keep_freed_memory();
  return widthwise::program::run_command_line(count, arguments);
}
