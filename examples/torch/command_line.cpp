// SPDX-License-Identifier: MIT
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <iostream>

#include "commands.hpp"
#include "input/input_error.hpp"

namespace widthwise::training {

namespace {

constexpr const char* program_footer =
    R"(Small Transformers in libtorch, initialized and trained as widthwise plans it: a Vision Transformer on Fashion-MNIST, a language
model on a text. `widthwise-train COMMAND --help` says more.)";

int fail(const std::string& reason) {
  // Whatever the reason quotes, libtorch's many lines among it, it stays one line.
  std::cerr << program::InputError("widthwise-train", "", reason.substr(0, reason.find('\n'))).what()
            << std::endl;
  return 2;
}

}  // namespace

int run_command_line(int count, const char* const* arguments) {
  try {
    CLI::App program("Training with widthwise's plans in libtorch", "widthwise-train");
    program.require_subcommand(1);
    program.footer(program_footer);
    add_run_command(program);
    add_sweep_command(program);
    add_figure_command(program);
    try {
      program.parse(count, arguments);
    } catch (const CLI::Success& help) {
      program.exit(help);
      return std::cout.flush() ? 0 : fail("standard output: cannot be written");
    } catch (const CLI::ParseError& error) {
      return fail(error.what());
    }
    return 0;
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace widthwise::training
