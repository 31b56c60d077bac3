// SPDX-License-Identifier: MIT
#include <cmath>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "data.hpp"
#include "input/input_error.hpp"
#include "output/number_text.hpp"
#include "output/plot/figure.hpp"
#include "output/progress_bar.hpp"
#include "output/table.hpp"
#include "output/write_output.hpp"
#include "shared_options.hpp"
#include "widthwise/scaling/parse.hpp"

namespace widthwise::training {

namespace {

struct RunRequest {
  Task task = Task::vision;
  TrainingSettings settings;
  std::optional<std::filesystem::path> data, plot, output;
  int threads = 1;
};

constexpr const char* run_footer =
    R"(Trains one small Transformer with AdamW, initialized and with learning rates as widthwise plans them, and writes the loss of every
step as comma-separated values. η multiplies the factors of the plan, so it is not the number you are used to: `widthwise-train sweep`
finds good ones. The same seed gives the same bytes on the same machine with the same number of threads.

Example:
  widthwise-train run --task text --strategy hybrid --width 128 --learning-rate 2 --output loss.csv --plot loss.svg)";

std::string loss_table(const TrainingRun& trained) {
  program::Table table{{{"step"}, {"loss"}}, {}};
  for (std::size_t step = 0; step < trained.losses.size(); ++step)
    table.rows.push_back({std::to_string(step), program::exact(trained.losses[step])});
  return program::csv(table);
}

program::plot::Figure loss_figure(const TrainingRun& trained, const std::string& name) {
  namespace plot = program::plot;
  plot::Series batches{.label = "batches", .mark = plot::Mark::line};
  for (std::size_t step = 0; step < trained.losses.size(); ++step) {
    if (!std::isfinite(trained.losses[step])) continue;
    batches.x.push_back(static_cast<double>(step));
    batches.y.push_back(trained.losses[step]);
  }
  plot::Series held_out{
      .label = "held out", .x = {0}, .y = {trained.initial_loss}, .mark = plot::Mark::points};
  if (std::isfinite(trained.held_out_loss)) {
    held_out.x.push_back(static_cast<double>(trained.losses.size()));
    held_out.y.push_back(trained.held_out_loss);
  }
  plot::LinePanel panel{
      .x = {.label = "step"}, .y = {.label = "loss in nats"}, .series = {batches, held_out}};
  return {.title = "Training in libtorch", .subtitle = name, .rows = {{panel}}};
}

void run(RunRequest& request) {
  TrainingSettings& settings = request.settings;
  for (const auto& file : {request.output, request.plot})
    if (file) program::require_writable(*file);
  if (request.output && request.output == request.plot)
    throw program::InputError("--plot", "", "is the same file as --output");
  set_threads(request.threads);
  make_plan(settings.plan);  // refuses before data are read
  const Data data = read_data(request.data.value_or(default_data(request.task)), settings.plan.sizes);
  TrainingRun trained;
  {
    program::ProgressBar bar("train");
    trained = train(settings, data, [&](std::int64_t done, std::int64_t total) { bar.update(done, total); });
  }
  const std::string name = to_string(request.task) + ", " + settings.plan.strategy + ", width " +
                           std::to_string(settings.plan.sizes.width) +
                           ", η = " + program::rounded(settings.learning_rate) + ", seed " +
                           std::to_string(settings.seed);
  std::vector<program::Output> outputs{{request.output, loss_table(trained)}};
  if (request.plot) outputs.push_back({request.plot, program::plot::svg(loss_figure(trained, name))});
  program::write_outputs(outputs);
  std::cerr << name << ": held-out loss " << program::rounded(trained.initial_loss) << " before, "
            << program::rounded(trained.held_out_loss) << " after " << trained.losses.size() << " steps"
            << std::endl;
}

std::string parse_known_strategy(const std::string& text) {
  parse_strategy(text);
  return text;
}

}  // namespace

void add_run_command(CLI::App& program) {
  CLI::App& command = *program.add_subcommand("run", "train one model");
  const auto request = std::make_shared<RunRequest>();
  TrainingSettings& settings = request->settings;
  program::add_parsed(command, "--task", request->task, parse_task, "vision or text")
      ->required()
      ->type_name("NAME");
  program::add_parsed(command, "--strategy", settings.plan.strategy, parse_known_strategy,
                      "uniform, neural-tangent, hybrid, maximal-update, …\n(default: hybrid)")
      ->type_name("NAME");
  program::add_parsed(command, "--width", settings.plan.sizes.width, program::parse_size, "n (default: 64)")
      ->type_name("N");
  program::add_parsed(command, "--learning-rate", settings.learning_rate, program::parse_positive_number,
                      "η, times the factors of the plan (default: 1)")
      ->type_name("X");
  program::add_parsed(command, "--position-rate", settings.plan.position_rate, program::parse_positive_number,
                      "multiplies the learning rate of the positional embedding\n(default: 1)")
      ->type_name("X");
  add_training_options(command, settings);
  program::add_seed_option(command, settings.seed);
  add_data_options(command, request->data, request->threads);
  program::add_path_option(command, "--plot", request->plot, "also draw the losses into this SVG file");
  program::add_output_option(command, request->output);
  command.footer(run_footer);
  command.callback([request] {
    ModelSizes& sizes = request->settings.plan.sizes;
    sizes = sizes_of(request->task, sizes);
    run(*request);
  });
}

}  // namespace widthwise::training
