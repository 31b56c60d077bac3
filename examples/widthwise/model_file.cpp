// SPDX-License-Identifier: MIT
#include "model_file.hpp"

#include <set>
#include <stdexcept>
#include <type_traits>
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

using AnyStem = std::variant<PatchStem, TokenStem>;

AnyStem read_stem(JsonFields stem, const std::vector<std::string>& kinds = {"patch", "token"}) {
  const bool patches = stem.word("kind", kinds) == "patch";
  AnyStem read;
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

AttentionCoefficients read_coefficients(JsonFields& block) {
  AttentionCoefficients coefficients;
  coefficients.query = block.number_from_zero("C_Q");
  coefficients.key = block.number_from_zero("C_K");
  coefficients.value = block.number_from_zero("C_V");
  coefficients.output = block.number_from_zero("C_U");
  return coefficients;
}

Residual<SelfAttention> read_attention(JsonFields& block, LayerNorm norm) {
  const bool causal = block.word("mask", {"none", "causal"}) == "causal";
  return {norm, {read_coefficients(block), causal ? Mask::causal() : Mask::none()}};
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

// What kinds of blocks a network is made of.
template <class Block>
const std::vector<std::string> kinds_of{"attention", "mlp"};
template <>
const std::vector<std::string> kinds_of<AnyEncoderBlock>{"attention", "mlp", "norm"};
template <>
const std::vector<std::string> kinds_of<AnyDecoderBlock>{"attention", "cross-attention", "mlp", "norm"};

template <class Block>
Block read_block(JsonFields& block, LayerNorm norm, const Sizes& sizes) {
  const std::string kind = block.word("kind", kinds_of<Block>);
  if (kind == "attention") return read_attention(block, norm);
  if constexpr (std::is_constructible_v<Block, LayerNorm>)
    if (kind == "norm") return norm;
  if constexpr (std::is_constructible_v<Block, Residual<CrossAttention>>)
    if (kind == "cross-attention") return Residual<CrossAttention>{norm, {read_coefficients(block)}};
  return std::visit([](const auto& mlp) -> Block { return mlp; }, read_mlp(block, norm, sizes));
}

template <class Block>
Blocks<Block> read_list(JsonFields& part, const std::string& name, LayerNorm norm, const Sizes& sizes) {
  Blocks<Block> list;
  for (JsonFields& block : part.objects(name)) {
    list.sequence.push_back(read_block<Block>(block, norm, sizes));
    block.require_no_other();
  }
  return list;
}

template <class Block>
Blocks<Block> read_blocks(JsonFields& model, LayerNorm norm, const Sizes& sizes) {
  const auto once = read_list<Block>(model, "blocks", norm, sizes);
  const std::int64_t times = model.has("repeat") ? model.whole_number("repeat", 1, most_blocks) : 1;
  if (static_cast<std::int64_t>(once.sequence.size()) > most_blocks / times)
    model.reject("blocks", std::to_string(once.sequence.size()) + " blocks repeated " +
                               std::to_string(times) + " times are more than " + std::to_string(most_blocks));
  return repeat(times, once);
}

// The stem, and the blocks, of an encoder or a decoder.
template <class Block>
std::pair<AnyStem, Blocks<Block>> read_part(JsonFields part, const std::vector<std::string>& stems,
                                            LayerNorm norm, const Sizes& sizes) {
  const AnyStem stem = read_stem(part.object("stem"), stems);
  const auto optional = [&](const std::string& name) {
    return part.has(name) ? read_list<Block>(part, name, norm, sizes) : Blocks<Block>();
  };
  const auto before = optional("before"), blocks = read_blocks<Block>(part, norm, sizes),
             after = optional("after");
  part.require_no_other();
  return {stem, chain(before, blocks, after)};
}

std::variant<LinearHead, TiedHead> read_head(JsonFields head, const AnyStem& stem, LayerNorm norm) {
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
template <class AnyNetwork>
void read_learning_rates(JsonFields rates, const std::vector<AnyStem>& stems, AnyNetwork& model) {
  std::vector<std::string> names{"PE", "Q", "K", "V", "U", "W", "X"};
  bool patches = false, tokens = false;
  for (const AnyStem& stem : stems) (std::holds_alternative<PatchStem>(stem) ? patches : tokens) = true;
  if (tokens) names.insert(names.begin(), "WE");
  if (patches) names.insert(names.begin(), {"patch", "cls"});
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

EncoderDecoderModel read_encoder_decoder(JsonFields& fields, const Sizes& sizes, LayerNorm norm) {
  const auto [source, encoder] =
      read_part<AnyEncoderBlock>(fields.object("encoder"), {"patch", "token"}, norm, sizes);
  const auto [target, decoder] = read_part<AnyDecoderBlock>(fields.object("decoder"), {"token"}, norm, sizes);
  const auto head = read_head(fields.object("head"), target, norm);
  try {
    EncoderDecoderModel model(sizes, source, encoder, std::get<TokenStem>(target), decoder, head);
    if (fields.has("learning_rate"))
      read_learning_rates(fields.object("learning_rate"), {source, target}, model);
    return model;
  } catch (const std::invalid_argument& error) {  // stems that cannot share a word embedding
    fields.reject("decoder", error.what());
  }
}

Model read_transformer(JsonFields& fields, const Sizes& sizes, LayerNorm norm) {
  const auto stem = read_stem(fields.object("stem"));
  const auto blocks = read_blocks<AnyBlock>(fields, norm, sizes);
  const auto head = read_head(fields.object("head"), stem, norm);
  Model model(sizes, stem, blocks, head);
  if (fields.has("learning_rate")) read_learning_rates(fields.object("learning_rate"), {stem}, model);
  return model;
}

}  // namespace

AnyModel parse_any_model(const std::string& text, const std::string& file) {
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

  const bool two_parts = json.contains("encoder") || json.contains("decoder");
  const AnyModel model = two_parts ? AnyModel(read_encoder_decoder(fields, sizes, norm))
                                   : AnyModel(read_transformer(fields, sizes, norm));
  fields.require_no_other();
  return model;
}

Model parse_model(const std::string& text, const std::string& file) {
  const AnyModel model = parse_any_model(text, file);
  if (const auto* transformer = std::get_if<Model>(&model)) return *transformer;
  throw InputError(file, "encoder", "stands for an encoder–decoder, which does not belong here");
}

AnyModel read_any_model(const std::filesystem::path& file) {
  // Model files are short; a limit keeps /dev/zero from filling the memory.
  return parse_any_model(read_text(file, 1 << 24), file.string());
}

}  // namespace widthwise::program
