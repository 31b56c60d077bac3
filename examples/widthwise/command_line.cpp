// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <iostream>
#include <new>

#include "check/command.hpp"
#include "flow/command.hpp"
#include "gram/command.hpp"
#include "input/input_error.hpp"
#include "listed.hpp"
#include "plan/command.hpp"
#include "presets/command.hpp"

namespace widthwise::program {

namespace {

constexpr const char* program_footer =
    R"(A Transformer's hyperparameters and its signals and gradients at initialization, from the effective theory of wide
Transformers (arXiv 2304.02034). `widthwise COMMAND --help` says more.)";

std::string usage_error(const CLI::App& program, const CLI::ParseError& error) {
  if (!program.get_subcommands().empty()) return error.what();
  std::vector<std::string> commands;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
    commands.push_back(command->get_name());
  const auto unknown = program.remaining();
  return (unknown.empty() ? "a command is needed" : unknown.front() + ": no such command") + ": " +
         listed(commands);
}

int fail(const CLI::App& program, const std::string& reason) {
  // Whatever the reason quotes, it stays one line.
  std::cerr << InputError(program.get_name(), "", reason).what() << std::endl;
  return 2;
}

}  // namespace

int run_commands(CLI::App& program, int count, const char* const* arguments,
                 std::string (*reason)(const std::exception&)) {
  try {
    try {
      program.parse(count, arguments);
    } catch (const CLI::Success& help) {  // --help and --version
      program.exit(help);
      return std::cout.flush() ? 0 : fail(program, "standard output: cannot be written");
    } catch (const CLI::ParseError& error) {
      return fail(program, usage_error(program, error));
    }
    return 0;
  } catch (const std::bad_alloc&) {
    return fail(program, "there is not enough memory");
  } catch (const std::exception& error) {
    return fail(program, reason(error));
  }
}

int run_command_line(int count, const char* const* arguments) {
  CLI::App program("Transformer initialization theory", "widthwise");
  program.set_version_flag("--version", std::string("widthwise ") + WIDTHWISE_VERSION);
  program.require_subcommand(1);
  program.footer(program_footer);
  add_plan_command(program);
  add_flow_command(program);
  add_gram_command(program);
  add_check_command(program);
  add_presets_command(program);
  return run_commands(program, count, arguments);
}

}  // namespace widthwise::program
