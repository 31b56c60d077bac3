// SPDX-License-Identifier: MIT
#include "commands.hpp"

int main(int count, char** arguments) {
  return widthwise::training::run_command_line(count, arguments);
}
