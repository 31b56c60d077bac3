// SPDX-License-Identifier: MIT
#include "model_file.hpp"

#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "input/input_error.hpp"
#include "input/read_text.hpp"
#include "json_fields.hpp"
#include "widthwise/network/parameter_groups.hpp"

namespace widthwise::program {

namespace {

constexpr std::int64_t most_blocks = 10'000;

Index size(JsonFields& fields, const std::string& name) {
  return fields.whole_number(name, 1, largest_size);
}

std::variant<PatchStem, TokenStem> read_stem(JsonFields stem) {
  const bool patches = stem.word("kind", {"patch", "token"}) == "patch";
  std::variant<PatchStem, TokenStem> read;
  if (patches) {
    PatchStem patch{.coefficients = {}, .inputs = size(stem, "inputs"), .tokens = size(stem, "tokens")};
    patch.coefficients.patch = stem.number_from_zero("C_patch");
    patch.coefficients.position = stem.number_from_zero("C_PE");
    if (stem.has("class_token")) {
      JsonFields class_token = stem.object("class_token");
      patch.coefficients.class_token = class_token.number_from_zero("C_cls");
      class_token.require_no_other();
    }
    read = patch;
  } else {
    TokenStem token{
        .coefficients = {}, .vocabulary = size(stem, "vocabulary"), .tokens = size(stem, "tokens")};
    token.coefficients.embedding = stem.number_from_zero("C_WE");
    token.coefficients.position = stem.number_from_zero("C_PE");
    read = token;
  }
  stem.require_no_other();
  return read;
}

template <class... Activations>
std::vector<std::string> activation_names(
    std::type_identity<std::variant<Residual<SelfAttention>, Residual<Mlp<Activations>>...>>) {
  return {std::string(Activations::name)...};
}

AnyBlock read_attention(JsonFields& block, LayerNorm norm) {
  const bool causal = block.word("mask", {"none", "causal"}) == "causal";
  AttentionCoefficients coefficients;
  coefficients.query = block.number_from_zero("C_Q");
  coefficients.key = block.number_from_zero("C_K");
  coefficients.value = block.number_from_zero("C_V");
  coefficients.output = block.number_from_zero("C_U");
  return Residual<SelfAttention>{norm, {coefficients, causal ? Mask::causal() : Mask::none()}};
}

AnyBlock read_mlp(JsonFields& block, LayerNorm norm, const Sizes& sizes) {
  const std::string activation = block.word("activation", activation_names(std::type_identity<AnyBlock>()));
  const double multiplier = block.positive_number("multiplier");
  const double input = block.number_from_zero("C_W"), output = block.number_from_zero("C_X");
  AnyBlock mlp = mlp_block(activation, norm, {.input = input, .output = output}, multiplier);
  try {
    std::visit([&](const auto& held) { held.groups(sizes); }, mlp);
  } catch (const std::invalid_argument& error) {  // a multiplier that makes no whole number of channels
    block.reject("multiplier", error.what());
  }
  return mlp;
}

Blocks<AnyBlock> read_blocks(JsonFields& model, LayerNorm norm, const Sizes& sizes) {
  Blocks<AnyBlock> once;
  for (JsonFields& block : model.objects("blocks")) {
    const bool attention = block.word("kind", {"attention", "mlp"}) == "attention";
    once.sequence.push_back(attention ? read_attention(block, norm) : read_mlp(block, norm, sizes));
    block.require_no_other();
  }
  const std::int64_t times = model.has("repeat") ? model.whole_number("repeat", 1, most_blocks) : 1;
  if (static_cast<std::int64_t>(once.sequence.size()) > most_blocks / times)
    model.reject("blocks", std::to_string(once.sequence.size()) + " blocks repeated " +
                               std::to_string(times) + " times are more than " + std::to_string(most_blocks));
  return repeat(times, once);
}

std::variant<LinearHead, TiedHead> read_head(JsonFields head, const std::variant<PatchStem, TokenStem>& stem,
                                             LayerNorm norm) {
  const bool tied = head.word("kind", {"linear", "tied"}) == "tied";
  const auto* patch = std::get_if<PatchStem>(&stem);
  if (tied && patch) head.reject("kind", "a tied head needs a token stem");
  const std::string pool_word = head.word("pool", {"none", "mean", "class"});
  const Pool pool = pool_word == "none" ? Pool::none : pool_word == "mean" ? Pool::mean : Pool::class_token;
  if (pool == Pool::class_token && !(patch && patch->coefficients.class_token))
    head.reject("pool", "class pooling needs a patch stem with a class_token");
  if (tied) {
    head.require_no_other();
    return TiedHead{.pool = pool, .norm = norm};
  }
  LinearHead linear{.coefficients = {}, .pool = pool, .norm = norm};
  linear.outputs = size(head, "outputs");
  linear.bias = head.truth("bias");
  linear.coefficients.weight = head.number_from_zero("C_head");
  head.require_no_other();
  return linear;
}

// The names are those of groups that a model with this stem and head may have. One that it happens not to
// have, such as head_bias without bias, can be set to 1 only, where nothing is lost by it.
void read_learning_rates(JsonFields rates, Model& model) {
  std::vector<std::string> names{"PE", "Q", "K", "V", "U", "W", "X"};
  if (std::holds_alternative<PatchStem>(model.stem))
    names.insert(names.begin(), {"patch", "cls"});
  else
    names.insert(names.begin(), "WE");
  if (std::holds_alternative<LinearHead>(model.head)) names.insert(names.end(), {"head", "head_bias"});

  std::set<std::string> present;
  for (const auto& group : parameter_groups(model).groups) present.insert(group.name);
  for (const std::string& name : names) {
    if (!rates.has(name)) continue;
    const double rate = rates.number_from_zero(name);
    if (present.contains(name))
      model.learning_rates[name] = rate;
    else if (rate != 1)
      rates.reject(name, "the model has no such parameters");
  }
  rates.require_no_other();
}

}  // namespace

Model parse_model(const std::string& text, const std::string& file) {
  const Json json = parse_json(text, file);
  JsonFields fields(json, file, "");
  Sizes sizes;
  sizes.width = size(fields, "width");
  sizes.heads = size(fields, "heads");
  if (sizes.width % sizes.heads != 0)
    fields.reject("heads", std::to_string(sizes.heads) + " heads do not divide the width " +
                               std::to_string(sizes.width));
  JsonFields norm_fields = fields.object("norm");
  const LayerNorm norm{norm_fields.number_from_zero("epsilon")};
  norm_fields.require_no_other();

  const auto stem = read_stem(fields.object("stem"));
  const auto blocks = read_blocks(fields, norm, sizes);
  const auto head = read_head(fields.object("head"), stem, norm);
  Model model(sizes, stem, blocks, head);
  if (fields.has("learning_rate")) read_learning_rates(fields.object("learning_rate"), model);
  fields.require_no_other();
  return model;
}

Model read_model(const std::filesystem::path& file) {
  // Model files are short; a limit keeps /dev/zero from filling the memory.
  return parse_model(read_text(file, 1 << 24), file.string());
}

}  // namespace widthwise::program
