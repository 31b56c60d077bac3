// SPDX-License-Identifier: MIT
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command_line.hpp"
#include "commands.hpp"

namespace widthwise::training {

namespace {

constexpr const char* program_footer =
    R"(Small Transformers in libtorch, initialized and trained as widthwise plans it: a Vision Transformer on Fashion-MNIST, a language
model on a text. `widthwise-train COMMAND --help` says more.)";

// libtorch puts the stack below what is wrong.
std::string first_line(const std::exception& error) {
  const std::string reason = error.what();
  return reason.substr(0, reason.find('\n'));
}

}  // namespace

int run_command_line(int count, const char* const* arguments) {
  CLI::App program("Training with widthwise's plans in libtorch", "widthwise-train");
  program.require_subcommand(1);
  program.footer(program_footer);
  add_run_command(program);
  add_sweep_command(program);
  add_figure_command(program);
  return program::run_commands(program, count, arguments, first_line);
}

}  // namespace widthwise::training
