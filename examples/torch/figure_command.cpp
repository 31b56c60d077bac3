// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "input/input_error.hpp"
#include "input/read_text.hpp"
#include "output/write_output.hpp"
#include "shared_options.hpp"
#include "transfer_report.hpp"

namespace widthwise::training {

namespace {

struct FigureRequest {
  std::vector<std::filesystem::path> results;
  Metric metric = Metric::held_out;
  std::vector<std::string> only;
  std::optional<std::filesystem::path> plot, output;
};

constexpr const char* figure_footer =
    R"(Finds the best learning rate of every strategy and width in the results of `widthwise-train sweep`, from a parabola through the
best rate and its two neighbours, with a standard error from leaving out one seed at a time, and the power of the width that best
rates go by. Seeds that do not have all rates yet are left out. A run has failed that broke off with a loss that is not finite or
ended above the loss it began with; a rate with a failed run is never the best.

Example:
  widthwise-train figure --results vision.csv text.csv --plot transfer.svg)";

std::vector<RateCurve> read_curves(const FigureRequest& request) {
  std::vector<RateCurve> curves;
  for (const auto& file : request.results) {
    const auto runs = parse_runs(program::read_text(file, largest_results), file.string());
    for (RateCurve& curve : rate_curves(runs, request.metric, file.string())) {
      const auto there = [&](const RateCurve& other) {
        return other.family == curve.family && other.width == curve.width;
      };
      if (std::any_of(curves.begin(), curves.end(), there))
        throw program::InputError(file.string(), "",
                                  "has " + curve.family.name() + " at width " + std::to_string(curve.width) +
                                      ", which another file has as well");
      const auto& only = request.only;
      if (only.empty() || std::find(only.begin(), only.end(), curve.family.name()) != only.end())
        curves.push_back(std::move(curve));
    }
  }
  if (curves.empty())
    throw program::InputError(request.results.front().string(), "",
                              "has no strategy and width with all rates of a seed");
  return curves;
}

void run(const FigureRequest& request) {
  for (const auto& file : {request.output, request.plot})
    if (file) program::require_writable(*file);
  const std::vector<RateCurve> curves = read_curves(request);
  std::vector<program::Output> outputs{{request.output, transfer_tables(curves, request.metric)}};
  if (request.plot)
    outputs.push_back({request.plot, program::plot::svg(transfer_figure(curves, request.metric))});
  program::write_outputs(outputs);
}

Metric parse_metric(const std::string& text) {
  return program::parse_word(text, {"held-out", "train"}) == "train" ? Metric::train : Metric::held_out;
}

}  // namespace

void add_figure_command(CLI::App& program) {
  CLI::App& command =
      *program.add_subcommand("figure", "best learning rates of a sweep, as a table and a plot");
  const auto request = std::make_shared<FigureRequest>();
  command.add_option("--results", request->results, "what sweeps have written, one file or more")
      ->required()
      ->type_name("FILE");
  program::add_parsed(command, "--loss", request->metric, parse_metric,
                      "which loss is judged by: held-out, or train, the mean over\nthe last tenth of the "
                      "steps (default: held-out)")
      ->type_name("NAME");
  command.add_option("--only", request->only, "strategies to show, as the table calls them (default: all)")
      ->type_name("NAME");
  program::add_path_option(command, "--plot", request->plot, "also draw into this SVG file");
  program::add_output_option(command, request->output);
  command.footer(figure_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::training
