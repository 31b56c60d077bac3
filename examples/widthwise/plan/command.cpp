// SPDX-License-Identifier: MIT
#include "plan/command.hpp"

#include <memory>
#include <optional>

#include "model_choice.hpp"
#include "options.hpp"
#include "output/write_output.hpp"
#include "plan/frameworks.hpp"
#include "plan/report.hpp"
#include "plan/shapes.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/scaling/depth.hpp"

namespace widthwise::program {

namespace {

struct PlanRequest {
  ModelChoice model;
  std::vector<std::filesystem::path> shapes;
  std::optional<Index> width;
  AnyOptimizer optimizer = parse_optimizer("adamw");
  AnyStrategy strategy = parse_strategy("neural-tangent");
  PlanOptions options;
  std::optional<AnyDepthRule> depth;
  std::string format = "table";
  std::optional<std::filesystem::path> output;
};

constexpr const char* plan_footer =
    R"(For every group of parameters: the standard deviation to draw its entries with, and the factors that make its learning
rate and weight decay out of those of the whole model, as formulas in the model's sizes and as numbers. With factors
like these, what is tuned at one width stays tuned at another.

With --shapes the model is read from the names and shapes of its tensors at two widths or more: docs/shapes.md has the
format, and the lines of Python that write it.

The formats pytorch, optax and c are for programs that train: patterns of tensors' names, numbers, and the lines that
load them, in the field "load".

Example:
  widthwise plan --preset vit-b16 --optimizer adamw --strategy neural-tangent)";

std::string report(const FrameworkPlan& planned, const PlanHeading& heading, const std::string& format) {
  if (format == "c") return c_report(planned, heading.model);
  if (format == "pytorch") return pytorch_report(planned, heading.name);
  if (format != "optax") return plan_report(planned.plan, heading, format);
  try {
    return optax_report(planned, heading.name);
  } catch (const std::invalid_argument& error) {
    throw InputError("--format", "", error.what());
  }
}

void run_shapes(const PlanRequest& request) {
  if (!request.model.preset.empty() || !request.model.file.empty())
    throw InputError("--shapes", "", "stands in the place of --preset and --model");
  if (request.depth)
    throw InputError("--depth", "", "takes a model from --preset or --model, not from --shapes");
  const auto [planned, heading] =
      plan_shapes(request.shapes, request.width, request.strategy, request.optimizer, request.options);
  write_outputs({{request.output, report(planned, heading, request.format)}});
}

void run(const PlanRequest& request) {
  if (!request.shapes.empty()) return run_shapes(request);
  AnyModel model = load_any_model(request.model);
  if (request.width)
    model = std::visit([&](const auto& held) -> AnyModel { return with_width(held, *request.width); }, model);
  const FrameworkPlan planned = [&] {
    try {
      ModelGroups groups = std::visit([](const auto& held) { return parameter_groups(held); }, model);
      if (request.depth) groups = with_depth(std::move(groups), *request.depth);
      return framework_plan(groups, request.strategy, request.optimizer, request.options);
    } catch (const std::invalid_argument& error) {  // such as a hidden width that is no whole number
      throw InputError(request.model.name(), "", error.what());
    }
  }();
  for (const char* framework : {"pytorch", "optax", "c"})
    if (request.format == framework && !std::holds_alternative<Model>(model))
      throw InputError(
          "--format", "",
          std::string(framework) +
              " has no names for the tensors of encoder–decoders; --shapes takes them from yours");
  write_outputs(
      {{request.output, report(planned, plan_heading(model, request.model.name()), request.format)}});
}

}  // namespace

void add_plan_command(CLI::App& program) {
  CLI::App& command = *program.add_subcommand("plan", "what to set for every parameter group of a model");
  const auto request = std::make_shared<PlanRequest>();
  add_model_options(command, request->model);
  command
      .add_option(
          "--shapes", request->shapes,
          "in place of a model: files with the names and shapes of its\ntensors, as a framework lists "
          "them, at two widths or more")
      ->type_name("FILE");
  add_parsed(command, "--width", request->width, parse_size,
             "the model at another width; it keeps its coefficients and its\nnumber of heads, which must "
             "divide the width. With --shapes,\nwhich of the widths to plan for (default: the largest)")
      ->type_name("N");
  add_parsed(command, "--optimizer", request->optimizer, parse_optimizer,
             "sgd (with momentum or without), adam, adamw, lion,\nadafactor, or muon for hidden matrices "
             "with adamw for the\nrest; muon-jordan, muon-moonshot and muon-spectral for\nimplementations "
             "that multiply by a factor of the shape\n(default: adamw)")
      ->type_name("NAME");
  add_parsed(command, "--strategy", request->strategy, parse_strategy,
             "uniform, neural-tangent (s = 0), hybrid (s = 1/2),\n"
             "maximal-update (s = 1), or a number s from 0 to 1; mup,\nmean-field, spectral; "
             "everett-standard, everett-ntk,\neverett-mup or everett-mean-field, with -no-alignment\nbehind "
             "it or without (default: neural-tangent)")
      ->type_name("NAME");
  add_parsed(
      command, "--depth", request->depth, parse_depth_rule,
      "a rule for deep models: depth-mup or completep (residual\nbranches times n_layers^-1/2 or ^-1, "
      "with the learning rates\nthat go with them), or an initialization: gpt2, t-fixup,\ndeepnorm, ds-init")
      ->type_name("RULE");
  command.add_flag("--ignore-mlp-multiplier", request->options.ignore_mlp_multiplier,
                   "take M as 1 in learning rates");
  add_format_option(command, request->format, {"table", "markdown", "csv", "json", "pytorch", "optax", "c"});
  add_output_option(command, request->output);
  command.footer(plan_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::program
