// SPDX-License-Identifier: MIT
#include <cmath>
#include <stdexcept>
#include <type_traits>

#include "model_file.hpp"
#include "widthwise/network/parameter_groups.hpp"

namespace widthwise::program {

namespace {

// Whole numbers as people write them, without a decimal point.
Json number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

std::string pool_word(Pool pool) {
  return pool == Pool::none ? "none" : pool == Pool::mean ? "mean" : "class";
}

Json stem_json(const PatchStem& stem) {
  Json json{{"kind", "patch"},
            {"inputs", stem.inputs},
            {"tokens", stem.tokens},
            {"C_patch", number(stem.coefficients.patch)},
            {"C_PE", number(stem.coefficients.position)}};
  if (stem.coefficients.class_token)
    json["class_token"] = {{"C_cls", number(*stem.coefficients.class_token)}};
  return json;
}

Json stem_json(const TokenStem& stem) {
  return {{"kind", "token"},
          {"vocabulary", stem.vocabulary},
          {"tokens", stem.tokens},
          {"C_WE", number(stem.coefficients.embedding)},
          {"C_PE", number(stem.coefficients.position)}};
}

Json block_json(const Residual<SelfAttention>& block) {
  if (block.branch.mask.kind() == Mask::Kind::custom)
    detail::reject("a model file cannot hold a custom mask");
  const auto& c = block.branch.coefficients;
  return {
      {"kind", "attention"},    {"mask", block.branch.mask.kind() == Mask::Kind::causal ? "causal" : "none"},
      {"C_Q", number(c.query)}, {"C_K", number(c.key)},
      {"C_V", number(c.value)}, {"C_U", number(c.output)}};
}

template <class Activation>
Json block_json(const Residual<Mlp<Activation>>& block) {
  return {{"kind", "mlp"},
          {"activation", Activation::name},
          {"multiplier", number(block.branch.multiplier)},
          {"C_W", number(block.branch.coefficients.input)},
          {"C_X", number(block.branch.coefficients.output)}};
}

Json head_json(const LinearHead& head) {
  return {{"kind", "linear"},
          {"outputs", head.outputs},
          {"bias", head.bias},
          {"C_head", number(head.coefficients.weight)},
          {"pool", pool_word(head.pool)}};
}

Json head_json(const TiedHead& head) {
  return {{"kind", "tied"}, {"pool", pool_word(head.pool)}};
}

/// The length of the shortest piece whose repetition gives the whole list.
std::size_t period(const std::vector<Json>& list) {
  for (std::size_t length = 1; length < list.size(); ++length) {
    if (list.size() % length != 0) continue;
    bool repeats = true;
    for (std::size_t i = length; repeats && i < list.size(); ++i) repeats = list[i] == list[i - length];
    if (repeats) return length;
  }
  return list.size();
}

}  // namespace

Json model_json(const Model& model) {
  const double epsilon = std::visit([](const auto& head) { return head.norm.epsilon; }, model.head);
  std::vector<Json> blocks;
  for (const AnyBlock& any : model.blocks.sequence)
    std::visit(
        [&](const auto& block) {
          if (block.norm.epsilon != epsilon)
            detail::reject("a model file has one epsilon for all layer norms");
          blocks.push_back(block_json(block));
        },
        any);
  const std::size_t once = period(blocks);

  Json json;
  json["width"] = model.sizes.width;
  json["heads"] = model.sizes.heads;
  json["norm"] = {{"epsilon", number(epsilon)}};
  json["stem"] = std::visit([](const auto& stem) { return stem_json(stem); }, model.stem);
  json["blocks"] = Json(Json::array());
  for (std::size_t i = 0; i < once; ++i) json["blocks"].push_back(blocks[i]);
  json["repeat"] = once == 0 ? 1 : blocks.size() / once;
  json["head"] = std::visit([](const auto& head) { return head_json(head); }, model.head);
  json["learning_rate"] = Json(Json::object());
  for (const auto& group : parameter_groups(model).groups)
    json["learning_rate"][group.name] = number(model.learning_rate(group.name));
  return json;
}

}  // namespace widthwise::program
