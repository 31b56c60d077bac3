// SPDX-License-Identifier: MIT
#include "plan/report.hpp"

#include <algorithm>

#include "json_text.hpp"
#include "listed.hpp"
#include "model_words.hpp"
#include "output/number_text.hpp"
#include "output/table.hpp"
#include "widthwise/scaling/tensor_role.hpp"

namespace widthwise::program {

namespace {

using Align = Table::Align;

std::string shape_text(const Hyperparameters& group, const std::string& times) {
  std::string text;
  for (const auto size : group.shape) text += (text.empty() ? "" : times) + std::to_string(size);
  return text;
}

std::string blocks_text(const Hyperparameters& group) {
  std::string text;
  for (const int block : group.blocks) text += (text.empty() ? "" : " ") + std::to_string(block);
  return text;
}

// Groups of one name stand on several lines where their coefficients differ; then blocks tell them apart.
bool names_repeat(const Plan& plan) {
  for (std::size_t i = 0; i < plan.groups.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (plan.groups[i].name == plan.groups[j].name) return true;
  return false;
}

// Strategies in a published form put multipliers before their parameters; the others' reports have no room
// for them.
bool has_multipliers(const Plan& plan) {
  return std::any_of(plan.begin(), plan.end(),
                     [](const auto& group) { return group.multiplier_formula != "1"; });
}

// Muon leaves some groups to another optimizer.
bool has_several_optimizers(const Plan& plan) {
  return std::any_of(plan.begin(), plan.end(),
                     [&](const auto& group) { return group.optimizer != plan.optimizer; });
}

// Norms start at one; the theory's own groups are all drawn around zero.
bool has_means(const Plan& plan) {
  return std::any_of(plan.begin(), plan.end(), [](const auto& group) { return group.init_mean != 0; });
}

// Underscores and stars in formulas would be read as Markdown.
std::string formula_text(const std::string& formula, bool in_markdown) {
  return in_markdown ? "`" + formula + "`" : formula;
}

Table people_table(const Plan& plan, const PlanHeading& heading, bool in_markdown) {
  const bool with_blocks = names_repeat(plan);
  Table table{{{"group"},
               {"shape"},
               {"copies", Align::right},
               {"parameters", Align::right},
               {"init std", Align::right},
               {"formula"},
               {"lr factor", Align::right},
               {"formula"},
               {"wd factor", Align::right}},
              {}};
  const bool with_multipliers = has_multipliers(plan), with_optimizers = has_several_optimizers(plan);
  if (with_multipliers) table.columns.push_back({"multiplier"});
  if (with_optimizers) table.columns.push_back({"optimizer"});
  const bool with_means = has_means(plan), with_tensors = !heading.tensors.empty();
  if (with_means) table.columns.push_back({"around"});
  if (with_blocks) table.columns.push_back({"blocks"});
  if (with_tensors) table.columns.push_back({"tensors"});
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const auto& group = plan.groups[i];
    table.rows.push_back({group.name, shape_text(group, "×"), std::to_string(group.copies),
                          grouped(static_cast<double>(group.parameters)), rounded(group.init_std),
                          formula_text(group.init_formula, in_markdown), rounded(group.learning_rate_factor),
                          formula_text(group.learning_rate_formula, in_markdown),
                          rounded(group.weight_decay_factor)});
    if (with_multipliers) table.rows.back().push_back(formula_text(group.multiplier_formula, in_markdown));
    if (with_optimizers) table.rows.back().push_back(group.optimizer);
    if (with_means) table.rows.back().push_back(rounded(group.init_mean));
    if (with_blocks) table.rows.back().push_back(blocks_text(group));
    if (with_tensors)
      table.rows.back().push_back(formula_text(listed(name_patterns(heading.tensors[i])), in_markdown));
  }
  return table;
}

// Name and value of what stands above the table.
std::vector<std::pair<std::string, std::string>> heading_lines(const Plan& plan, const PlanHeading& heading) {
  std::string strategy = plan.strategy;
  if (plan.s) strategy += ", s = " + rounded(*plan.s);
  std::string multiplier = rounded(plan.output_multiplier, 6);
  if (plan.output_multiplier_formula != multiplier) multiplier += " = " + plan.output_multiplier_formula;
  std::vector<std::pair<std::string, std::string>> lines{
      {"model", heading.model},
      {"parameters", grouped(static_cast<double>(plan.parameters))},
      {"strategy", strategy},
      {"optimizer", plan.optimizer},
      {"output multiplier", multiplier}};
  if (!plan.depth_rule.empty()) lines.push_back({"rule for depth", plan.depth_rule});
  if (plan.skip_formula != "1")
    lines.push_back({"skip multiplier", rounded(plan.skip_multiplier, 6) + " = " + plan.skip_formula});
  lines.push_back({"sizes", heading.sizes});
  lines.push_back({"coefficients", heading.coefficients});
  return lines;
}

constexpr const char* explanation =
    "A group's learning rate is its lr factor times the learning rate of the model, its weight decay its wd "
    "factor\n"
    "times that of the model, for optimizers that shrink weights by the product of the two, as PyTorch's "
    "AdamW does.\n";

std::string table_report(const Plan& plan, const PlanHeading& heading) {
  std::string text;
  for (const auto& [title, value] : heading_lines(plan, heading))
    text += title + std::string(20 - title.size(), ' ') + value + '\n';
  return text + '\n' + aligned_text(people_table(plan, heading, false)) + '\n' + explanation;
}

std::string markdown_report(const Plan& plan, const PlanHeading& heading) {
  std::string text;
  for (const auto& [title, value] : heading_lines(plan, heading))
    text += "- " + title + ": `" + value + "`\n";
  return text + '\n' + markdown(people_table(plan, heading, true)) + '\n' + explanation;
}

std::string csv_report(const Plan& plan, const PlanHeading& heading) {
  Table table{{{"name"},
               {"symbol"},
               {"shape"},
               {"copies"},
               {"parameters"},
               {"init_std"},
               {"init_formula"},
               {"lr_factor"},
               {"lr_formula"},
               {"weight_decay_factor"},
               {"blocks"}},
              {}};
  const bool with_multipliers = has_multipliers(plan), with_optimizers = has_several_optimizers(plan);
  if (with_multipliers) table.columns.insert(table.columns.end(), {{"multiplier"}, {"multiplier_formula"}});
  if (with_optimizers) table.columns.push_back({"optimizer"});
  const bool with_means = has_means(plan), with_tensors = !heading.tensors.empty();
  if (with_means) table.columns.push_back({"init_mean"});
  if (with_tensors) table.columns.push_back({"tensors"});
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const auto& group = plan.groups[i];
    table.rows.push_back({group.name, group.symbol, shape_text(group, "x"), std::to_string(group.copies),
                          std::to_string(group.parameters), exact(group.init_std), group.init_formula,
                          exact(group.learning_rate_factor), group.learning_rate_formula,
                          exact(group.weight_decay_factor), blocks_text(group)});
    auto& row = table.rows.back();
    if (with_multipliers) row.insert(row.end(), {exact(group.multiplier), group.multiplier_formula});
    if (with_optimizers) row.push_back(group.optimizer);
    if (with_means) row.push_back(exact(group.init_mean));
    if (with_tensors) row.push_back(listed(name_patterns(heading.tensors[i])));
  }
  return csv(table);
}

std::string json_report(const Plan& plan, const PlanHeading& heading) {
  Json groups(Json::array());
  const bool with_multipliers = has_multipliers(plan), with_optimizers = has_several_optimizers(plan);
  const bool with_means = has_means(plan);
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const auto& group = plan.groups[i];
    groups.push_back({{"name", group.name},
                      {"symbol", group.symbol},
                      {"shape", group.shape},
                      {"copies", group.copies},
                      {"parameters", group.parameters},
                      {"init_std", group.init_std},
                      {"init_formula", group.init_formula},
                      {"lr_factor", group.learning_rate_factor},
                      {"lr_formula", group.learning_rate_formula},
                      {"weight_decay_factor", group.weight_decay_factor},
                      {"blocks", group.blocks}});
    if (with_multipliers) {
      groups.back()["multiplier"] = group.multiplier;
      groups.back()["multiplier_formula"] = group.multiplier_formula;
    }
    if (with_optimizers) groups.back()["optimizer"] = group.optimizer;
    if (with_means) groups.back()["init_mean"] = group.init_mean;
    if (!heading.tensors.empty()) groups.back()["tensors"] = heading.tensors[i];
  }
  Json json{{"parameters", plan.parameters},
            {"strategy", plan.strategy},
            {"s", plan.s ? Json(*plan.s) : Json(nullptr)},
            {"optimizer", plan.optimizer},
            {"output_multiplier", plan.output_multiplier},
            {"output_multiplier_formula", plan.output_multiplier_formula}};
  if (!plan.depth_rule.empty()) {
    json["depth"] = plan.depth_rule;
    json["skip_multiplier"] = plan.skip_multiplier;
    json["skip_multiplier_formula"] = plan.skip_formula;
  }
  json["groups"] = groups;
  return json_text(json);
}

}  // namespace

std::vector<std::string> name_patterns(const std::vector<std::string>& tensors) {
  std::vector<std::string> patterns;
  for (const auto& name : tensors) {
    const std::string pattern = detail::take_apart(name).pattern;
    if (std::find(patterns.begin(), patterns.end(), pattern) == patterns.end()) patterns.push_back(pattern);
  }
  return patterns;
}

std::string plan_report(const Plan& plan, const PlanHeading& heading, const std::string& format) {
  if (format == "json") return json_report(plan, heading);
  if (format == "csv") return csv_report(plan, heading);
  if (format == "markdown") return markdown_report(plan, heading);
  return table_report(plan, heading);
}

PlanHeading plan_heading(const AnyModel& model, const std::string& name) {
  return {name, name + ": " + sizes_text(model), symbols_text(model), coefficients_text(model)};
}

std::string plan_report(const Plan& plan, const AnyModel& model, const std::string& name,
                        const std::string& format) {
  return plan_report(plan, plan_heading(model, name), format);
}

}  // namespace widthwise::program
