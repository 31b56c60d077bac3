// SPDX-License-Identifier: MIT
#include "flow/command.hpp"

#include <iostream>
#include <memory>

#include "flow/balance.hpp"
#include "flow/contact.hpp"
#include "flow/memory.hpp"
#include "flow/plot.hpp"
#include "flow/report.hpp"
#include "flow/run.hpp"
#include "flow/summary.hpp"
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

struct FlowRequest {
  ModelChoice model;
  std::vector<std::filesystem::path> inputs;
  std::optional<Index> samples;
  FlowSettings settings;
  bool kernels = false;
  std::vector<std::string> balance;
  bool contact_terms = false;
  std::string format;
  std::optional<std::filesystem::path> plot;
  std::optional<std::filesystem::path> output;
};

constexpr const char* flow_footer =
    R"(Carries the input's kernels through the network as it is at initialization: G, the covariance of the signals of any two
tokens, and Θ, the neural tangent kernel, at every block; and how strongly every group of parameters moves the output.
Softmax is sampled until the standard errors of G and Θ are within the tolerance. The same seed gives the same bytes
whatever the number of threads.

Inputs are images (.png, .jpg, .ppm, .pgm), IDX data sets with --samples, .txt for token models, or .json with "patches"
or "token_ids". Several files are samples one after the other; texts and token ids may differ in length. An
encoder–decoder takes files in twos, a source and its target, or .json with "source" and "target".

Examples:
  widthwise flow --preset vit-b16 --input photo.jpg --tolerance 0.01 --plot flow.svg
  widthwise flow --preset vit-b16 --input photo.jpg --tolerance 0.01 --balance Q K V U W=2 X=2
  widthwise flow --preset bart-large-nt --input source.txt target.txt --tolerance 0.01)";

FlowReporter reporter_to(ProgressBar& bar) {
  return [&bar, last = Index{0}](Index done, Index total, Index round) mutable {
    if (done < last || done == 1) bar.restart(round == 0 ? "flow" : "flow, with more draws");
    last = done;
    bar.update(done, total);
  };
}

void say_stopped_short(const Flow<double>& flow, const FlowSettings& settings) {
  std::cerr << "widthwise: flow stopped short of the tolerance " << rounded(settings.tolerance)
            << ": the largest standard errors are " << rounded(flow.forward_error, 2) << " of G and "
            << rounded(flow.tangent_error, 2) << " of Theta after " << flow.replicates << " x " << flow.draws
            << " draws; --max-draws allows more" << std::endl;
}

std::string report(const Flow<double>& flow, const FlowHeading& heading, const std::string& format) {
  if (format == "json") return flow_json(flow, heading);
  return format == "csv" ? flow_csv(flow, heading) : flow_table(flow, heading);
}

void require_writable(const FlowRequest& request) {
  for (const auto& file : {request.output, request.plot})
    if (file) program::require_writable(*file);
  if (request.output && request.output == request.plot)
    throw InputError("--plot", "", "is the same file as --output");
}

std::pair<std::string, double> size_of(const Model& model, const Input& input, int threads) {
  const TokenLayout layout = network_layout(model, layout_of(input));
  return {layout_text(layout), flow_bytes(layout, model.depth(), threads)};
}
std::pair<std::string, double> size_of(const EncoderDecoderModel& model, const InputPair& input,
                                       int threads) {
  const TokenLayout source = network_layout(model, layout_of(input.source)), target = input.target.layout;
  const auto blocks = [](const auto& part) {
    return static_cast<Index>(part.sequence.size()) + 1;
  };
  return {layout_text(source) + " to " + layout_text(target),
          flow_bytes(source, blocks(model.encoder), threads) +
              flow_bytes(target, blocks(model.decoder) + 1, threads)};
}

template <class AnyNetwork, class AnyInput>
void require_memory(const FlowRequest& request, const AnyNetwork& model, const AnyInput& input) {
  try {
    const auto [what, bytes] = size_of(model, input, request.settings.threads);
    program::require_memory(what, bytes, machine_memory());
  } catch (const std::invalid_argument& error) {
    throw InputError("--input", "", error.what());
  }
}

// What is wrong now is wrong with the model, or its coefficients, for this input.
template <class AnyNetwork, class AnyInput>
Flow<double> run_flow(const FlowRequest& request, const AnyNetwork& model, const AnyInput& input) {
  ProgressBar bar("flow");
  try {
    return program::run_flow(model, input, request.settings, reporter_to(bar));
  } catch (const std::invalid_argument& error) {
    throw InputError(request.model.name(), "", error.what());
  }
}

// Before the flow, which may take long.
template <class AnyNetwork>
void require_tied(const FlowRequest& request, const AnyNetwork& model) {
  if (!std::holds_alternative<TiedHead>(model.head))
    throw InputError("--contact-terms", "",
                     request.model.name() + " has no head that is tied to a word embedding");
}

template <class AnyNetwork>
void run(const FlowRequest& request, const AnyNetwork& model) {
  const auto input = read_input(request.inputs, model, request.samples);
  require_memory(request, model, input);
  const Shares shares = parse_shares(request.balance, model);
  if (request.contact_terms) require_tied(request, model);
  const Flow<double> flow = run_flow(request, model, input);
  FlowHeading heading{request.model.name() + ": " + sizes_text(model), names_of(request.inputs),
                      request.settings.tolerance, request.settings.seed, request.kernels};
  if (!request.balance.empty()) heading.balance = balance_flow(flow, model, shares);
  if (request.contact_terms) heading.contact = contact_flow(model, input, flow);
  std::vector<Output> outputs{{request.output, report(flow, heading, request.format)}};
  if (request.plot)
    outputs.push_back({request.plot, plot::svg(flow_figure(flow, heading.model, heading.input))});
  write_outputs(outputs);
  if (!flow.converged) say_stopped_short(flow, request.settings);
}

void run(const FlowRequest& request) {
  require_writable(request);
  std::visit([&](const auto& model) { run(request, model); }, load_any_model(request.model));
}

}  // namespace

void add_flow_command(CLI::App& program) {
  CLI::App& command =
      *program.add_subcommand("flow", "kernels and gradients at every block, for given input");
  const auto request = std::make_shared<FlowRequest>();
  FlowSettings& settings = request->settings;
  add_model_options(command, request->model);
  add_input_options(command, request->inputs, request->samples);
  add_parsed(command, "--tolerance", settings.tolerance, parse_positive_number,
             "wanted standard error of any entry of G and Θ, relative to the\nkernel's largest entry "
             "(default: 0.001)")
      ->type_name("R");
  add_sampling_options(command, settings);
  command.add_flag("--kernels", request->kernels, "report whole kernels, not only their means");
  command
      .add_option(
          "--balance", request->balance,
          "also find the learning-rate coefficients with which these\ngroups have shares of Θ in these "
          "proportions, 1 where none is\ngiven; all: equal shares for all groups")
      ->type_name("GROUP[=SHARE]");
  command.add_flag("--contact-terms", request->contact_terms,
                   "also report what a tied head does to output components of\nitems that are read");
  add_format_option(command, request->format, {"table", "csv", "json"});
  add_path_option(command, "--plot", request->plot, "also draw the flow into this SVG file");
  add_output_option(command, request->output);
  command.footer(flow_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::program
