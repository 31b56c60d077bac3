// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "input/input_error.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise::program {

/// A whole number from `least` to `most`. Throws std::invalid_argument.
std::int64_t parse_whole_number(const std::string& text, std::int64_t least, std::int64_t most);

/// A number above zero. Throws std::invalid_argument.
double parse_positive_number(const std::string& text);

/// A number of 64 bits, to start random numbers from. Throws std::invalid_argument.
std::uint64_t parse_seed(const std::string& text);

/// Draws of all replicates together; the library wants one for each at least. Throws std::invalid_argument.
Index parse_draws(const std::string& text);

/// A number of threads, 0 for all there are. Throws std::invalid_argument.
int parse_threads(const std::string& text);

/// One of the words. Throws std::invalid_argument.
std::string parse_word(const std::string& text, const std::vector<std::string>& words);

/// A size of a model, from 1 on. Throws std::invalid_argument.
Index parse_size(const std::string& text);

/// Adds an option whose text `parse` turns into `value`; what that throws becomes an InputError naming the
/// option.
template <class T, class Parse>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, T& value, Parse parse,
                        const std::string& help) {
  return command.add_option_function<std::string>(
      name,
      [&value, parse = std::move(parse), name](const std::string& text) {
        try {
          value = parse(text);
        } catch (const std::invalid_argument& error) {
          throw InputError(name, "", error.what());
        }
      },
      help);
}

/// Gives a command --format with these words, the first being the one without the option.
void add_format_option(CLI::App& command, std::string& format, const std::vector<std::string>& words);

/// Adds an option that names a file.
void add_path_option(CLI::App& command, const std::string& name, std::optional<std::filesystem::path>& file,
                     const std::string& help);

/// Gives a command --input and --samples.
void add_input_options(CLI::App& command, std::vector<std::filesystem::path>& inputs,
                       std::optional<Index>& samples);

/// Gives a command --seed.
void add_seed_option(CLI::App& command, std::uint64_t& seed);

/// Gives a command --max-draws, --seed and --threads.
template <class Settings>
void add_sampling_options(CLI::App& command, Settings& settings) {
  add_parsed(command, "--max-draws", settings.max_draws, parse_draws,
             "stop short of the tolerance rather than draw more in one block\n(default: 1048576)")
      ->type_name("N");
  add_seed_option(command, settings.seed);
  add_parsed(command, "--threads", settings.threads, parse_threads,
             "threads to work with, 0 for all there are (default: 0)")
      ->type_name("N");
}

/// Gives a command --output.
void add_output_option(CLI::App& command, std::optional<std::filesystem::path>& output);

}  // namespace widthwise::program
