// SPDX-License-Identifier: MIT
#include "command_line.hpp"

int main(int count, char** arguments) {
  return widthwise::program::run_command_line(count, arguments);
}
