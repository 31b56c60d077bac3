// SPDX-License-Identifier: MIT
#include "model_words.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "listed.hpp"
#include "output/number_text.hpp"
#include "widthwise/network/parameter_groups.hpp"

namespace widthwise::program {

namespace {

struct MultiplierOf {
  std::set<double>& multipliers;

  void operator()(const Residual<SelfAttention>&) const {}
  template <class Activation>
  void operator()(const Residual<Mlp<Activation>>& block) const {
    multipliers.insert(block.branch.multiplier);
  }
};

}  // namespace

std::string sizes_text(const Model& model) {
  const Index tokens = std::visit([](const auto& stem) { return stem.tokens; }, model.stem);
  const auto* patch = std::get_if<PatchStem>(&model.stem);
  const bool class_token = patch && patch->coefficients.class_token;
  return "width " + std::to_string(model.sizes.width) + ", " + std::to_string(model.sizes.heads) +
         " heads, " + std::to_string(model.blocks.sequence.size()) + " blocks, " + std::to_string(tokens) +
         " tokens" + (class_token ? " and a class token" : "");
}

std::string symbols_text(const Model& model) {
  std::vector<std::string> symbols{"n = " + std::to_string(model.sizes.width)};
  if (const auto* patch = std::get_if<PatchStem>(&model.stem))
    symbols.push_back("n_patch = " + std::to_string(patch->inputs));
  std::set<double> multipliers;
  for (const auto& block : model.blocks.sequence) std::visit(MultiplierOf{multipliers}, block);
  if (!multipliers.empty()) {
    std::string values;
    for (const double multiplier : multipliers)
      values += (values.empty() ? "" : " or ") + rounded(multiplier);
    symbols.push_back("M = " + values);
  }
  if (const auto* head = std::get_if<LinearHead>(&model.head))
    symbols.push_back("n_out = " + std::to_string(head->outputs));
  return listed(symbols);
}

std::string coefficients_text(const Model& model) {
  std::vector<std::string> seen;
  for (const auto& group : parameter_groups(model).groups) {
    if (!group.coefficient) continue;
    const std::string text = group.coefficient->symbol + " = " + rounded(group.coefficient->value);
    if (std::find(seen.begin(), seen.end(), text) == seen.end()) seen.push_back(text);
  }
  return listed(seen);
}

}  // namespace widthwise::program
