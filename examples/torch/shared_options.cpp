// SPDX-License-Identifier: MIT
#include "shared_options.hpp"

#include <ATen/Parallel.h>

#include "widthwise/kernel/parallel.hpp"

namespace widthwise::training {

namespace {

double parse_weight_decay(const std::string& text) {
  return text == "0" ? 0 : program::parse_positive_number(text);
}

}  // namespace

void add_training_options(CLI::App& command, TrainingSettings& settings) {
  ModelSizes& sizes = settings.plan.sizes;
  using program::add_parsed, program::parse_size;
  add_parsed(command, "--heads", sizes.heads, parse_size, "attention heads (default: 4)")->type_name("H");
  add_parsed(command, "--layers", sizes.layers, parse_size,
             "layers of an attention and an MLP block each (default: 2)")
      ->type_name("L");
  add_parsed(command, "--weight-decay", settings.weight_decay, parse_weight_decay,
             "a step shrinks weights by this times the learning rate\n(default: 0)")
      ->type_name("X");
  add_parsed(command, "--steps", settings.steps, parse_size, "steps of AdamW (default: 250)")->type_name("N");
  add_parsed(command, "--batch", settings.batch, parse_size,
             "examples of a step: images, or stretches of 32 bytes\n(default: 32)")
      ->type_name("N");
}

void add_data_options(CLI::App& command, std::optional<std::filesystem::path>& data, int& threads) {
  program::add_path_option(command, "--data", data,
                           "directory of an IDX data set, or a text, plain or gzipped\n(default: Debian's "
                           "Fashion-MNIST or Jargon File)");
  program::add_parsed(command, "--threads", threads, program::parse_threads,
                      "threads to work with, 0 for all there are (default: 1)")
      ->type_name("N");
}

void set_threads(int threads) {
  at::set_num_threads(thread_count(threads));
}

}  // namespace widthwise::training
