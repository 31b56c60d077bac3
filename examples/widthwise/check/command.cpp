// SPDX-License-Identifier: MIT
#include "check/command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include "check/report.hpp"
#include "input/model_shape.hpp"
#include "input/read_input.hpp"
#include "model_choice.hpp"
#include "model_words.hpp"
#include "options.hpp"
#include "output/number_text.hpp"
#include "output/progress_bar.hpp"
#include "output/write_output.hpp"

namespace widthwise::program {

namespace {

struct CheckRequest {
  ModelChoice model;
  std::vector<std::filesystem::path> inputs;
  std::optional<Index> samples;
  CheckSettings settings;
  std::string format;
  std::optional<std::filesystem::path> plot;
  std::optional<std::filesystem::path> output;
};

constexpr const char* check_footer =
    R"(Draws random networks at each width with the planned initialization, runs and back-propagates them, and compares means over
them with theory: G, the covariance of the signals of any two tokens; Θ, the neural tangent kernel of the outputs; and every
group's part in it. Errors fall as 1/n; as the number of heads stays, a part of order 1/H remains however wide the network.
The same seed gives the same bytes.

Inputs are those of `widthwise flow`; each file is a sample or several. Large models take long: choose small widths.

Example:
  widthwise check --model mine.json --input text.txt --width 64 128 256 512 --networks 100 --plot check.svg)";

Index parse_networks(const std::string& text) {
  return parse_whole_number(text, 2, 1'000'000'000);
}

template <class AnyNetwork>
void run(CheckRequest request, const AnyNetwork& model) {
  auto& widths = request.settings.widths;
  if (widths.empty()) widths = default_widths(model.sizes);
  std::sort(widths.begin(), widths.end());
  for (const Index width : widths) with_width(model, width);  // refuses what heads do not divide
  if (const auto twice = std::adjacent_find(widths.begin(), widths.end()); twice != widths.end())
    throw InputError("--width", "", std::to_string(*twice) + " is there twice");
  const auto input = read_input(request.inputs, model, request.samples);

  Check check;
  {
    ProgressBar bar("check");
    try {
      check = run_check(model, input, request.settings,
                        [&](std::int64_t done, std::int64_t total) { bar.update(done, total); });
    } catch (const std::invalid_argument& error) {
      throw InputError(request.model.name(), "", error.what());
    }
  }
  const CheckHeading heading{request.model.name() + ": " + sizes_text(model), names_of(request.inputs),
                             request.settings.seed};
  std::vector<Output> outputs{
      {request.output, request.format == "json" ? check_json(check, heading) : check_table(check, heading)}};
  if (request.plot) outputs.push_back({request.plot, plot::svg(check_figure(check, heading))});
  write_outputs(outputs);
  if (check.theory_error > check.theory_tolerance)
    std::cerr << "widthwise: check compares with a theory that stopped short of its tolerance "
              << rounded(check.theory_tolerance) << ": its largest standard error is "
              << rounded(check.theory_error, 2) << std::endl;
}

void run(const CheckRequest& request) {
  for (const auto& file : {request.output, request.plot})
    if (file) require_writable(*file);
  if (request.output && request.output == request.plot)
    throw InputError("--plot", "", "is the same file as --output");
  std::visit([&](const auto& model) { run(request, model); }, load_any_model(request.model));
}

}  // namespace

void add_check_command(CLI::App& program) {
  CLI::App& command = *program.add_subcommand("check", "theory against random networks of several widths");
  const auto request = std::make_shared<CheckRequest>();
  CheckSettings& settings = request->settings;
  add_model_options(command, request->model);
  add_input_options(command, request->inputs, request->samples);
  command
      .add_option_function<std::vector<std::string>>(
          "--width",
          [&settings](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) try {
                settings.widths.push_back(parse_size(text));
              } catch (const std::invalid_argument& error) {
                throw InputError("--width", "", error.what());
              }
          },
          "widths to draw networks at, one or more (default: 8, 16, 32 and\n64 times the number of heads)")
      ->type_name("N");
  add_parsed(command, "--networks", settings.networks, parse_networks,
             "networks to draw at each width, 2 or more (default: 64)")
      ->type_name("R");
  add_seed_option(command, settings.seed);
  add_format_option(command, request->format, {"table", "json"});
  add_path_option(command, "--plot", request->plot, "also draw errors against width into this SVG file");
  add_output_option(command, request->output);
  command.footer(check_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::program
