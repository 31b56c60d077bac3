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

  template <class Block>
  void operator()(const Block&) const {}
  template <class Activation>
  void operator()(const Residual<Mlp<Activation>>& block) const {
    multipliers.insert(block.branch.multiplier);
  }
};

std::string tokens_text(const std::variant<PatchStem, TokenStem>& stem) {
  return std::to_string(std::visit([](const auto& held) { return held.tokens; }, stem));
}

bool has_class_token(const std::variant<PatchStem, TokenStem>& stem) {
  const auto* patch = std::get_if<PatchStem>(&stem);
  return patch && patch->coefficients.class_token;
}

// Blocks and tokens, of both parts where there are two.
std::string parts_text(const Model& model) {
  return std::to_string(model.blocks.sequence.size()) + " blocks, " + tokens_text(model.stem) + " tokens" +
         (has_class_token(model.stem) ? " and a class token" : "");
}
std::string parts_text(const EncoderDecoderModel& model) {
  return std::to_string(model.encoder.sequence.size()) + " + " +
         std::to_string(model.decoder.sequence.size()) + " blocks, " + tokens_text(model.encoder_stem) +
         (has_class_token(model.encoder_stem) ? " (and a class token) + " : " + ") +
         std::to_string(model.decoder_stem.tokens) + " tokens";
}

const auto& first_stem(const Model& model) {
  return model.stem;
}
const auto& first_stem(const EncoderDecoderModel& model) {
  return model.encoder_stem;
}

std::set<double> multipliers_of(const Model& model) {
  std::set<double> multipliers;
  for (const auto& block : model.blocks.sequence) std::visit(MultiplierOf{multipliers}, block);
  return multipliers;
}
std::set<double> multipliers_of(const EncoderDecoderModel& model) {
  std::set<double> multipliers;
  for (const auto& block : model.encoder.sequence) std::visit(MultiplierOf{multipliers}, block);
  for (const auto& block : model.decoder.sequence) std::visit(MultiplierOf{multipliers}, block);
  return multipliers;
}

}  // namespace

std::string sizes_text(const AnyModel& any) {
  return std::visit(
      [](const auto& model) {
        return "width " + std::to_string(model.sizes.width) + ", " + std::to_string(model.sizes.heads) +
               " heads, " + parts_text(model);
      },
      any);
}

std::string symbols_text(const AnyModel& any) {
  std::vector<std::string> symbols;
  std::visit(
      [&](const auto& model) {
        symbols.push_back("n = " + std::to_string(model.sizes.width));
        if (const auto* patch = std::get_if<PatchStem>(&first_stem(model)))
          symbols.push_back("n_patch = " + std::to_string(patch->inputs));
        std::string values;
        for (const double multiplier : multipliers_of(model))
          values += (values.empty() ? "" : " or ") + rounded(multiplier);
        if (!values.empty()) symbols.push_back("M = " + values);
        if (const auto* head = std::get_if<LinearHead>(&model.head))
          symbols.push_back("n_out = " + std::to_string(head->outputs));
      },
      any);
  return listed(symbols);
}

std::string coefficients_text(const AnyModel& any) {
  std::vector<std::string> seen;
  const auto groups = std::visit([](const auto& model) { return parameter_groups(model).groups; }, any);
  for (const auto& group : groups) {
    if (!group.coefficient) continue;
    const std::string text = group.coefficient->symbol + " = " + rounded(group.coefficient->value);
    if (std::find(seen.begin(), seen.end(), text) == seen.end()) seen.push_back(text);
  }
  return listed(seen);
}

}  // namespace widthwise::program
