// SPDX-License-Identifier: MIT
#include "plan/frameworks.hpp"

#include <cmath>
#include <sstream>

#include "json_text.hpp"
#include "output/number_text.hpp"
#include "plan/load_lines.hpp"
#include "plan/patterns.hpp"

namespace widthwise::program {

namespace {

bool has_epsilon(const std::string& optimizer) {
  return optimizer == Adam::name() || optimizer == AdamW::name();
}

// What is alike for the lines of a plan and for vectors.
Json factors(const Hyperparameters& line) {
  Json json{{"multiplier", line.multiplier},
            {"lr_factor", line.learning_rate_factor},
            {"weight_decay_factor", line.weight_decay_factor}};
  if (has_epsilon(line.optimizer)) json["eps_factor"] = line.gradient_scale;
  json["optimizer"] = line.optimizer;
  return json;
}

std::string pattern_of(const FrameworkPlan& planned, std::size_t line) {
  return planned.patterns.empty() ? name_pattern(planned.plan.groups[line], planned.plan)
                                  : planned.patterns[line];
}

std::string report(const FrameworkPlan& planned, const std::string& name, const std::string& lines) {
  const Plan& plan = planned.plan;
  Json groups(Json::array());
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const Hyperparameters& line = plan.groups[i];
    groups.push_back({{"name", line.name},
                      {"pattern", pattern_of(planned, i)},
                      {"shape", line.shape},
                      {"copies", line.copies},
                      {"init_std", line.init_std},
                      {"init_mean", line.init_mean}});
    groups.back().update(factors(line));
  }
  Json vectors{{"name", planned.vectors.name}};
  vectors.update(factors(planned.vectors));
  Json load(Json::array());
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) load.push_back(line);
  Json json{{"model", name},
            {"strategy", plan.strategy},
            {"s", plan.s ? Json(*plan.s) : Json(nullptr)},
            {"optimizer", plan.optimizer},
            {"output_multiplier", plan.output_multiplier}};
  if (!plan.depth_rule.empty()) {
    json["depth"] = plan.depth_rule;
    json["skip_multiplier"] = plan.skip_multiplier;
  }
  json.update({{"groups", groups}, {"vectors", vectors}, {"load", load}});
  return json_text(json);
}

// Inside a C string.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\\' || c == '"' ? std::string{'\\', c} : std::string{c};
  return '"' + result + '"';
}

std::string c_entry(const Hyperparameters& line, const std::string& pattern) {
  std::string shape;
  for (const auto size : line.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  return "{" + escaped(line.name) + ", " + escaped(pattern) + ",\n   {" + shape + "}, " +
         std::to_string(line.copies) + ", " + escaped(line.optimizer) + ", " + exact(line.multiplier) + ", " +
         exact(line.init_std) + ", " + exact(line.init_mean) + ", " + exact(line.learning_rate_factor) +
         ", " + exact(line.weight_decay_factor) + ", " +
         (has_epsilon(line.optimizer) ? exact(line.gradient_scale) : "0") + "}";
}

}  // namespace

FrameworkPlan framework_plan(const ModelGroups& groups, const AnyStrategy& strategy,
                             const AnyOptimizer& optimizer, const PlanOptions& options) {
  ModelGroups vectors = groups;
  vectors.groups = {vector_group(groups)};
  for (const ParameterGroup& group : groups.groups)  // nearly all of them are in the blocks
    if (group.depth.passed != Monomial{}) {
      vectors.groups.front().depth = {.passed = group.depth.passed, .sharers = group.depth.sharers};
      break;
    }
  FrameworkPlan planned{plan(groups, strategy, optimizer, options),
                        plan(vectors, strategy, optimizer, options).groups.front()};
  Hyperparameters& line = planned.vectors;
  const int power = std::visit([](const auto& o) { return o.gauge_power(); }, optimizer);
  line.learning_rate_factor *= std::pow(line.multiplier, power);
  line.gradient_scale /= line.multiplier;
  line.multiplier = 1;
  line.weight_decay_factor = 0;  // as all recipes have it
  return planned;
}

std::string pytorch_report(const FrameworkPlan& planned, const std::string& name) {
  return report(planned, name, pytorch_lines());
}

std::string optax_report(const FrameworkPlan& planned, const std::string& name) {
  return report(planned, name, optax_lines(planned.plan.optimizer));
}

std::string c_report(const FrameworkPlan& planned, const std::string& sizes) {
  const Plan& plan = planned.plan;
  std::string table;
  for (std::size_t i = 0; i < plan.groups.size(); ++i)
    table += "  " + c_entry(plan.groups[i], pattern_of(planned, i)) + ",\n";
  return "/* " + sizes + "\n   " + plan.strategy + ", " + plan.optimizer +
         (plan.depth_rule.empty() ? "" : ", " + plan.depth_rule) + R"(

   Draw every tensor of a group around init_mean with the standard deviation init_std and multiply it by multiplier where it is used. Its
   step is that of the optimizer with lr * lr_factor, weight_decay * weight_decay_factor (of an optimizer that shrinks by
   the product of the two) and eps * eps_factor. What no pattern is found in, biases and gains of layer norm, goes by
   widthwise_vectors. Multiply the outputs by WIDTHWISE_OUTPUT_MULTIPLIER, and the stream beside
   every residual branch by WIDTHWISE_SKIP_MULTIPLIER. */
#ifndef WIDTHWISE_PLAN_H
#define WIDTHWISE_PLAN_H

#define WIDTHWISE_OUTPUT_MULTIPLIER )" +
         exact(plan.output_multiplier) + R"(
#define WIDTHWISE_SKIP_MULTIPLIER )" +
         exact(plan.skip_multiplier) + R"(
#define WIDTHWISE_GROUPS )" +
         std::to_string(plan.groups.size()) + R"(

typedef struct {
  const char* name;
  const char* pattern; /* of tensors' names: a POSIX extended regular expression */
  long long shape[2];  /* of one tensor; the second is 0 for a vector */
  long long copies;
  const char* optimizer;
  double multiplier, init_std, init_mean, lr_factor, weight_decay_factor;
  double eps_factor; /* 0 for an optimizer without epsilon */
} WidthwiseGroup;

static const WidthwiseGroup widthwise_plan[WIDTHWISE_GROUPS] = {
)" + table +
         R"(};

static const WidthwiseGroup widthwise_vectors =
  )" + c_entry(planned.vectors, "") +
         R"(;

#endif
)";
}

}  // namespace widthwise::program
