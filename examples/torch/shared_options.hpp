// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "options.hpp"
#include "training.hpp"

namespace widthwise::training {

/// Adds an option that takes one or more values; the first one that is given replaces the default.
template <class T, class Parse>
CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<T>& values, Parse parse,
                      const std::string& help) {
  return command.add_option_function<std::vector<std::string>>(
      name,
      [&values, parse = std::move(parse), name](const std::vector<std::string>& texts) {
        values.clear();
        for (const std::string& text : texts) try {
            values.push_back(parse(text));
          } catch (const std::invalid_argument& error) {
            throw program::InputError(name, "", error.what());
          }
      },
      help);
}

/// Gives a command --heads, --layers, --weight-decay, --steps and --batch.
void add_training_options(CLI::App& command, TrainingSettings& settings);

/// Gives a command --data and --threads.
void add_data_options(CLI::App& command, std::optional<std::filesystem::path>& data, int& threads);

/// Lets libtorch work with so many threads, 0 for all there are.
void set_threads(int threads);

}  // namespace widthwise::training
