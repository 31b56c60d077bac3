// SPDX-License-Identifier: MIT
#include <memory>

#include "commands.hpp"
#include "data.hpp"
#include "options.hpp"
#include "output/progress_bar.hpp"
#include "shared_options.hpp"
#include "sweep.hpp"

namespace widthwise::training {

namespace {

struct SweepRequest {
  SweepSettings sweep;
  std::optional<std::filesystem::path> data;
  std::filesystem::path results;
  int threads = 1;
};

constexpr const char* sweep_footer =
    R"(Trains one model for every strategy, width, learning rate and seed, and adds a line to FILE for each. What FILE already has is
not trained again, so a sweep that was stopped goes on where it was: give the same command. Runs of the first seed come first. Only
one sweep may write to a file at a time.

Example:
  widthwise-train sweep --task text --grid uniform:-12:-4 --grid hybrid:-3:5 --width 64 128 256 --results text.csv)";

void run(SweepRequest& request) {
  set_threads(request.threads);
  SweepFile file(request.results);
  const Data data =
      read_data(request.data.value_or(default_data(request.sweep.task)), sizes_of(request.sweep.task));
  program::ProgressBar bar("sweep");
  run_sweep(request.sweep, data, file,
            [&](std::int64_t done, std::int64_t total) { bar.update(done, total); });
}

}  // namespace

void add_sweep_command(CLI::App& program) {
  CLI::App& command =
      *program.add_subcommand("sweep", "learning rates at several widths, under several strategies");
  const auto request = std::make_shared<SweepRequest>();
  SweepSettings& sweep = request->sweep;
  program::add_parsed(command, "--task", sweep.task, parse_task, "vision or text")
      ->required()
      ->type_name("NAME");
  add_list(command, "--grid", sweep.grids, parse_rate_grid,
           "a strategy, and its first and last learning rate as powers of 2")
      ->required()
      ->type_name("STRATEGY:FIRST:LAST");
  add_list(command, "--width", sweep.widths, program::parse_size, "widths (default: 64 128 256)")
      ->type_name("N");
  program::add_parsed(command, "--seeds", sweep.seeds, program::parse_size, "seeds 0, 1, … (default: 3)")
      ->type_name("K");
  program::add_parsed(
      command, "--position-rate", sweep.position_rate, parse_position_rate,
      "multiplies the learning rate of the positional embedding:\na number, width or 1/width (default: 1)")
      ->type_name("X");
  add_training_options(command, sweep.every);
  add_data_options(command, request->data, request->threads);
  command.add_option("--results", request->results, "the file that lines are added to")
      ->required()
      ->type_name("FILE");
  command.footer(sweep_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::training
