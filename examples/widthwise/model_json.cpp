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

Json block_json(const Residual<CrossAttention>& block) {
  const auto& c = block.branch.coefficients;
  return {{"kind", "cross-attention"},
          {"C_Q", number(c.query)},
          {"C_K", number(c.key)},
          {"C_V", number(c.value)},
          {"C_U", number(c.output)}};
}

Json block_json(const LayerNorm&) {
  return {{"kind", "norm"}};
}

double epsilon_of(const LayerNorm& norm) {
  return norm.epsilon;
}
template <class Branch>
double epsilon_of(const Residual<Branch>& block) {
  return block.norm.epsilon;
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

template <class Block>
std::vector<Json> blocks_json(const Blocks<Block>& blocks, double epsilon) {
  std::vector<Json> list;
  for (const Block& any : blocks.sequence)
    std::visit(
        [&](const auto& block) {
          if (epsilon_of(block) != epsilon)
            detail::reject("a model file has one epsilon for all layer norms");
          list.push_back(block_json(block));
        },
        any);
  return list;
}

void add_repeated(Json& json, const std::vector<Json>& blocks) {
  const std::size_t once = period(blocks);
  json["blocks"] = Json(Json::array());
  for (std::size_t i = 0; i < once; ++i) json["blocks"].push_back(blocks[i]);
  json["repeat"] = once == 0 ? 1 : blocks.size() / once;
}

// Layer norms at both ends stand beside the blocks that repeat.
template <class Stem, class Block>
Json part_json(const Stem& stem, const Blocks<Block>& blocks, double epsilon) {
  const std::vector<Json> all = blocks_json(blocks, epsilon);
  const Json norm = block_json(LayerNorm{});
  std::size_t first = 0, last = all.size();
  while (first < last && all[first] == norm) ++first;
  while (last > first && all[last - 1] == norm) --last;
  Json json{{"stem", stem}};
  if (first > 0) json["before"] = std::vector<Json>(first, norm);
  add_repeated(json, {all.begin() + static_cast<std::ptrdiff_t>(first),
                      all.begin() + static_cast<std::ptrdiff_t>(last)});
  if (last < all.size()) json["after"] = std::vector<Json>(all.size() - last, norm);
  return json;
}

void add_parts(Json& json, const Model& model, double epsilon) {
  json["stem"] = std::visit([](const auto& stem) { return stem_json(stem); }, model.stem);
  add_repeated(json, blocks_json(model.blocks, epsilon));
}

void add_parts(Json& json, const EncoderDecoderModel& model, double epsilon) {
  const Json source = std::visit([](const auto& stem) { return stem_json(stem); }, model.encoder_stem);
  json["encoder"] = part_json(source, model.encoder, epsilon);
  json["decoder"] = part_json(stem_json(model.decoder_stem), model.decoder, epsilon);
}

template <class AnyNetwork>
Json network_json(const AnyNetwork& model) {
  const double epsilon = std::visit([](const auto& head) { return head.norm.epsilon; }, model.head);
  Json json;
  json["width"] = model.sizes.width;
  json["heads"] = model.sizes.heads;
  json["norm"] = {{"epsilon", number(epsilon)}};
  add_parts(json, model, epsilon);
  json["head"] = std::visit([](const auto& head) { return head_json(head); }, model.head);
  json["learning_rate"] = Json(Json::object());
  for (const auto& group : parameter_groups(model).groups)
    json["learning_rate"][group.name] = number(model.learning_rate(group.name));
  return json;
}

}  // namespace

Json model_json(const AnyModel& model) {
  return std::visit([](const auto& held) { return network_json(held); }, model);
}

}  // namespace widthwise::program
