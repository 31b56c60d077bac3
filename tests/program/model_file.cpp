// SPDX-License-Identifier: MIT
#include "model_file.hpp"

#include <fstream>

#include "input/input_error.hpp"
#include "support/catch.hpp"
#include "support/model_texts.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/network/presets.hpp"

using namespace widthwise;
using namespace widthwise::program;
using widthwise::test::language_model_text;
using widthwise::test::pair_model_text;
using widthwise::test::replaced;
using widthwise::test::vision_model_text;

namespace {

std::string model_error(const std::string& text) {
  try {
    parse_model(text, "model.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

// What is wrong with a model file after one piece of it is replaced.
std::string vision_error(const std::string& piece, const std::string& by) {
  return model_error(replaced(vision_model_text, piece, by));
}
std::string language_error(const std::string& piece, const std::string& by) {
  return model_error(replaced(language_model_text, piece, by));
}

template <class Block>
const Block& block_at(const Model& model, std::size_t i) {
  return std::get<Block>(model.blocks.sequence.at(i));
}

}  // namespace

TEST_CASE("a vision model file is read as it stands") {
  const Model model = parse_model(vision_model_text, "model.json");
  CHECK(model.sizes.width == 768);
  CHECK(model.sizes.heads == 12);
  CHECK(model.depth() == 26);
  CHECK(model.pool() == Pool::mean);

  const auto& stem = std::get<PatchStem>(model.stem);
  CHECK(stem.inputs == 768);
  CHECK(stem.tokens == 196);
  CHECK(stem.coefficients.patch == 1);
  CHECK(stem.coefficients.position == 0.0004);
  CHECK(stem.coefficients.class_token == std::nullopt);

  for (const std::size_t i : {0, 22}) {
    const auto& attention = block_at<Residual<SelfAttention>>(model, i);
    CHECK(attention.norm.epsilon == 1e-6);
    CHECK(attention.branch.mask.kind() == Mask::Kind::none);
    CHECK(attention.branch.coefficients.query == 0.5);
    CHECK(attention.branch.coefficients.key == 0.25);
    CHECK(attention.branch.coefficients.value == 0.75);
    CHECK(attention.branch.coefficients.output == 0.333);
    const auto& mlp = block_at<Residual<Mlp<Gelu>>>(model, i + 1);
    CHECK(mlp.norm.epsilon == 1e-6);
    CHECK(mlp.branch.multiplier == 4);
    CHECK(mlp.branch.coefficients.input == 0.4);
    CHECK(mlp.branch.coefficients.output == 1.6);
  }

  const auto& head = std::get<LinearHead>(model.head);
  CHECK(head.outputs == 1000);
  CHECK(head.bias);
  CHECK(head.coefficients.weight == 1);
  CHECK(head.norm.epsilon == 1e-6);
  CHECK(model.learning_rate("K") == 2);
  CHECK(model.learning_rate("patch") == 1);
  CHECK(model.learning_rate("Q") == 1);
}

TEST_CASE("a language model file is read as it stands") {
  const Model model = parse_model(language_model_text, "model.json");
  const auto& stem = std::get<TokenStem>(model.stem);
  CHECK(stem.vocabulary == 20);
  CHECK(stem.tokens == 3);
  CHECK(stem.coefficients.embedding == 1.5);
  CHECK(stem.coefficients.position == 0.1);
  CHECK(block_at<Residual<SelfAttention>>(model, 0).branch.mask.kind() == Mask::Kind::causal);
  CHECK(std::holds_alternative<TiedHead>(model.head));
  CHECK(model.pool() == Pool::none);
  CHECK(model.depth() == 4);  // repeat is 1 where it is not set
  CHECK(model.learning_rate("WE") == 1);
}

TEST_CASE("a class token adds a parameter group and allows class pooling") {
  const std::string with_class =
      replaced(vision_model_text, R"("C_patch": 1,)", R"("C_patch": 1, "class_token": {"C_cls": 0.3},)");
  CHECK(std::get<PatchStem>(parse_model(with_class, "f").stem).coefficients.class_token == 0.3);
  const std::string pooled = replaced(with_class, R"("pool": "mean")", R"("pool": "class")");
  CHECK(parse_model(pooled, "f").pool() == Pool::class_token);
  CHECK(vision_error(R"("pool": "mean")", R"("pool": "class")") ==
        "model.json: head.pool: class pooling needs a patch stem with a class_token");
  CHECK(language_error(R"("pool": "none")", R"("pool": "class")") ==
        "model.json: head.pool: class pooling needs a patch stem with a class_token");
}

TEST_CASE("every activation of the library has its name in model files") {
  for (const char* name :
       {"identity", "relu", "leaky-relu", "erf", "gelu", "tanh-gelu", "tanh", "silu", "sine"}) {
    CAPTURE(name);
    const Model model =
        parse_model(replaced(vision_model_text, R"("gelu")", '"' + std::string(name) + '"'), "model.json");
    CHECK(model_json(model)["blocks"][1]["activation"] == name);
  }
}

TEST_CASE("every preset is the same after writing and reading") {
  for (const Preset& preset : presets()) {
    CAPTURE(preset.name);
    const Json json = model_json(preset.model);
    const Model back = parse_model(json_text(json), "preset.json");
    CHECK(model_json(back) == json);
    CHECK(parameter_groups(back).groups == parameter_groups(preset.model).groups);
    CHECK(back.depth() == preset.model.depth());
    CHECK(json["blocks"].size() == 2);  // written once, with how often they repeat
  }
}

TEST_CASE("fields that are unknown are errors that list the known ones") {
  CHECK(vision_error(R"("width": 768)", R"("width": 768, "depth": 12)") ==
        "model.json: depth: unknown field; known here: width, heads, norm, stem, blocks, repeat, head, "
        "learning_rate");
  CHECK(vision_error(R"("tokens": 196)", R"("tokens": 196, "vocabulary": 7)") ==
        "model.json: stem.vocabulary: unknown field; known here: kind, inputs, tokens, C_patch, C_PE, "
        "class_token");
  CHECK(vision_error(R"("C_W": 0.4)", R"("C_W": 0.4, "C_V": 1)") ==
        "model.json: blocks[1].C_V: unknown field; known here: kind, activation, multiplier, C_W, C_X");
  CHECK(vision_error(R"("epsilon": 1e-6)", R"("epsilon": 1e-6, "eps": 1)") ==
        "model.json: norm.eps: unknown field; known here: epsilon");
  CHECK(language_error(R"("pool": "none")", R"("pool": "none", "outputs": 3)") ==
        "model.json: head.outputs: unknown field; known here: kind, pool");
}

TEST_CASE("fields that are missing are errors") {
  CHECK(vision_error(R"("width": 768,)", "") == "model.json: width: missing field");
  CHECK(vision_error(R"("heads": 12,)", "") == "model.json: heads: missing field");
  CHECK(vision_error(R"("norm": {"epsilon": 1e-6},)", "") == "model.json: norm: missing field");
  CHECK(vision_error(R"("epsilon": 1e-6)", "") == "model.json: norm.epsilon: missing field");
  CHECK(vision_error(R"(, "C_PE": 0.0004)", "") == "model.json: stem.C_PE: missing field");
  CHECK(vision_error(R"("mask": "none", )", "") == "model.json: blocks[0].mask: missing field");
  CHECK(vision_error(R"(, "C_U": 0.333)", "") == "model.json: blocks[0].C_U: missing field");
  CHECK(vision_error(R"("multiplier": 4, )", "") == "model.json: blocks[1].multiplier: missing field");
  CHECK(vision_error(R"("bias": true, )", "") == "model.json: head.bias: missing field");
  CHECK(vision_error(R"(, "pool": "mean")", "") == "model.json: head.pool: missing field");
  CHECK(model_error("{}") == "model.json: width: missing field");
}

TEST_CASE("fields of a wrong type are errors that say what is wanted") {
  const std::string sizes = "should be a whole number from 1 to 1000000000, but is ";
  CHECK(vision_error("768,", "768.0,") == "model.json: width: " + sizes + "768.0");
  CHECK(vision_error("768,", "\"768\",") == "model.json: width: " + sizes + "\"768\"");
  CHECK(vision_error("768,", "-768,") == "model.json: width: " + sizes + "-768");
  CHECK(vision_error("768,", "0,") == "model.json: width: " + sizes + "0");
  CHECK(vision_error("768,", "18446744073709551615,") ==
        "model.json: width: " + sizes + "18446744073709551615");
  CHECK(vision_error(R"("tokens": 196)", R"("tokens": [196])") ==
        "model.json: stem.tokens: " + sizes + "an array");
  CHECK(vision_error(R"("C_Q": 0.5)", R"("C_Q": null)") ==
        "model.json: blocks[0].C_Q: should be a number that is not negative, but is null");
  CHECK(vision_error(R"("C_Q": 0.5)", R"("C_Q": -0.5)") ==
        "model.json: blocks[0].C_Q: should be a number that is not negative, but is -0.5");
  CHECK(vision_error(R"("multiplier": 4)", R"("multiplier": 0)") ==
        "model.json: blocks[1].multiplier: should be a positive number, but is 0");
  CHECK(vision_error(R"("bias": true)", R"("bias": 1)") ==
        "model.json: head.bias: should be true or false, but is 1");
  CHECK(vision_error(R"({"epsilon": 1e-6})", "1e-6") ==
        "model.json: norm: should be an object, but is 1e-06");
  CHECK(model_error("[1, 2]") == "model.json: should be an object, but is an array");
}

TEST_CASE("words are those of a closed set") {
  CHECK(vision_error(R"("kind": "patch")", R"("kind": "pixel")") ==
        "model.json: stem.kind: should be one of patch, token, but is \"pixel\"");
  CHECK(vision_error(R"("kind": "attention")", R"("kind": "convolution")") ==
        "model.json: blocks[0].kind: should be one of attention, mlp, but is \"convolution\"");
  CHECK(vision_error(R"("mask": "none")", R"("mask": "Causal")") ==
        "model.json: blocks[0].mask: should be one of none, causal, but is \"Causal\"");
  CHECK_THAT(vision_error(R"("gelu")", R"("gelo")"),
             ContainsSubstring("model.json: blocks[1].activation: should be one of identity, relu, ") &&
                 ContainsSubstring(", but is \"gelo\""));
  CHECK(vision_error(R"("linear")", R"("quadratic")") ==
        "model.json: head.kind: should be one of linear, tied, but is \"quadratic\"");
  CHECK(vision_error(R"("pool": "mean")", R"("pool": "max")") ==
        "model.json: head.pool: should be one of none, mean, class, but is \"max\"");
  CHECK(vision_error(R"({"kind": "linear")", R"({"kind": "tied")") ==
        "model.json: head.kind: a tied head needs a token stem");
}

TEST_CASE("sizes have to fit each other") {
  CHECK(vision_error(R"("heads": 12)", R"("heads": 7)") ==
        "model.json: heads: 7 heads do not divide the width 768");
  CHECK_THAT(
      vision_error(R"("multiplier": 4)", R"("multiplier": 0.3)"),
      ContainsSubstring("model.json: blocks[1].multiplier: ") && ContainsSubstring("230.4 hidden channels"));
  CHECK(parse_model(replaced(vision_model_text, R"("multiplier": 4)", R"("multiplier": 2.5)"), "f").depth() ==
        26);
}

TEST_CASE("numbers in a file never make anything huge") {
  CHECK(vision_error(R"("repeat": 12)", R"("repeat": 10001)") ==
        "model.json: repeat: should be a whole number from 1 to 10000, but is 10001");
  CHECK(vision_error(R"("repeat": 12)", R"("repeat": 5001)") ==
        "model.json: blocks: 2 blocks repeated 5001 times are more than 10000");
  CHECK(parse_model(replaced(vision_model_text, R"("repeat": 12)", R"("repeat": 5000)"), "f").depth() ==
        10002);
  CHECK_THAT(vision_error(R"("multiplier": 4)", R"("multiplier": 1e300)"),
             ContainsSubstring("model.json: blocks[1].multiplier: "));
  CHECK_THAT(vision_error("0.333", "1e999"), ContainsSubstring("model.json: number overflow"));
}

TEST_CASE("learning rates are set by the names of groups") {
  CHECK(vision_error(R"("K": 2)", R"("k": 2)") ==
        "model.json: learning_rate.k: unknown field; known here: patch, cls, PE, Q, K, V, U, W, X, head, "
        "head_bias");
  CHECK(vision_error(R"("K": 2)", R"("WE": 2)") ==
        "model.json: learning_rate.WE: unknown field; known here: patch, cls, PE, Q, K, V, U, W, X, head, "
        "head_bias");
  CHECK(language_error(R"({"V": 1})", R"({"head": 2})") ==
        "model.json: learning_rate.head: unknown field; known here: WE, PE, Q, K, V, U, W, X");
  CHECK(vision_error(R"("K": 2)", R"("K": -2)") ==
        "model.json: learning_rate.K: should be a number that is not negative, but is -2");
  // A group that the model happens not to have may be listed, as long as that says nothing.
  CHECK(vision_error(R"("K": 2)", R"("cls": 2)") ==
        "model.json: learning_rate.cls: the model has no such parameters");
  CHECK(vision_error(R"("K": 2)", R"("cls": 1)") == "no error");
  CHECK(parse_model(replaced(vision_model_text, R"("K": 2)", R"("K": 0)"), "f").learning_rate("K") == 0);
}

TEST_CASE("zero coefficients are accepted") {
  for (const char* field : {R"("C_patch": 1)", R"("C_PE": 0.0004)", R"("C_Q": 0.5)", R"("C_U": 0.333)",
                            R"("C_W": 0.4)", R"("C_X": 1.6)", R"("C_head": 1)"}) {
    const std::string text(field);
    CAPTURE(text);
    CHECK(vision_error(text, text.substr(0, text.find(':')) + ": 0") == "no error");
  }
}

TEST_CASE("a model file that is no JSON is an error with line and column") {
  CHECK_THAT(model_error("{\n  \"width\" 768}"),
             ContainsSubstring("model.json: parse error at line 2, column 13: "));
  CHECK_THAT(model_error(""), ContainsSubstring("model.json: parse error at line 1, column 1: "));
  CHECK_THAT(model_error("\xff\xfe{}"), ContainsSubstring("model.json: parse error at line 1, column 1: "));
  CHECK_THAT(model_error(R"({"width": 1} {})"),
             ContainsSubstring("model.json: parse error at line 1, column 14: "));
  CHECK_THAT(model_error(R"({"width": NaN})"),
             ContainsSubstring("model.json: parse error at line 1, column "));
  CHECK(vision_error(R"("width": 768,)", R"("width": 768, "width": 768,)") ==
        "model.json: width: this field stands twice in one object");
  CHECK_THAT(model_error(std::string(100000, '[')), ContainsSubstring("nests more than 16 levels deep"));
}

TEST_CASE("a file that cannot be read is an error that names it") {
  CHECK_THROWS_WITH(read_any_model("/nonexistent/model.json"),
                    ContainsSubstring("/nonexistent/model.json: "));
  CHECK_THROWS_WITH(read_any_model("/"), ContainsSubstring("/: "));
  CHECK_THROWS_WITH(read_any_model("/dev/zero"), ContainsSubstring("/dev/zero: "));
}

TEST_CASE("a model that no file can hold is not written") {
  Model model = preset("vit-b16");
  std::get<Residual<SelfAttention>>(model.blocks.sequence[0]).norm.epsilon = 1e-5;
  CHECK_THROWS_WITH(model_json(model), ContainsSubstring("one epsilon"));
  Model masked = preset("vit-b16");
  std::get<Residual<SelfAttention>>(masked.blocks.sequence[0]).branch.mask =
      Mask::custom(Mask::Visible::Constant(196, 196, true));
  CHECK_THROWS_WITH(model_json(masked), ContainsSubstring("custom mask"));
}

TEST_CASE("an encoder–decoder's file says what its parts are") {
  const auto model = std::get<EncoderDecoderModel>(parse_any_model(pair_model_text, "model.json"));
  CHECK(model.encoder.sequence.size() == 6);
  CHECK(std::holds_alternative<LayerNorm>(model.encoder.sequence.front()));
  CHECK(std::holds_alternative<LayerNorm>(model.encoder.sequence.back()));
  CHECK(std::get<LayerNorm>(model.encoder.sequence.back()).epsilon == 1e-5);
  REQUIRE(model.decoder.sequence.size() == 2);
  const auto& cross = std::get<Residual<CrossAttention>>(model.decoder.sequence.back());
  CHECK(cross.branch.coefficients.query == 1.25);
  CHECK(cross.branch.coefficients.output == 0.5);
  CHECK(model.decoder_stem.coefficients.position == 0.2);
  CHECK(std::get<TokenStem>(model.encoder_stem).tokens == 4);
  CHECK(model.learning_rate("V") == 2);
  CHECK_THROWS_WITH(parse_model(pair_model_text, "m"),
                    "m: encoder: stands for an encoder–decoder, which does not belong here");
}

TEST_CASE("encoder–decoders come back from their files, and so do all presets") {
  const auto check = [](const AnyModel& model) {
    const Json json = model_json(model);
    CHECK(model_json(parse_any_model(json_text(json), "m")) == json);
    return json;
  };
  const Json written = check(parse_any_model(pair_model_text, "m"));
  CHECK(written["encoder"] == Json::parse(pair_model_text)["encoder"]);
  for (const auto& preset : encoder_decoder_presets()) {
    CAPTURE(preset.name);
    check(preset.model);
  }
  const Json bart = model_json(encoder_decoder_preset("bart-large"));
  CHECK(bart["decoder"]["repeat"] == 12);
  CHECK(bart["decoder"]["blocks"].size() == 3);
  CHECK(bart["decoder"]["before"].size() == 1);
  CHECK_FALSE(bart["decoder"].contains("after"));
  CHECK(bart["encoder"]["after"].size() == 1);
  CHECK(
      parameter_groups(std::get<EncoderDecoderModel>(parse_any_model(json_text(bart), "m"))).groups.size() ==
      parameter_groups(encoder_decoder_preset("bart-large")).groups.size());
}

TEST_CASE("what an encoder–decoder's file has wrong is named") {
  const auto error = [](const std::string& piece, const std::string& by) {
    try {
      parse_any_model(replaced(pair_model_text, piece, by), "m");
      return std::string("nothing");
    } catch (const InputError& found) {
      return std::string(found.what());
    }
  };
  CHECK(error(R"("encoder":)", R"("coder":)") == "m: encoder: missing field");
  CHECK(error(R"("decoder":)", R"("coder":)") == "m: decoder: missing field");
  CHECK(error(R"("tokens": 3, "C_WE": 1.5)", R"("tokens": 3, "C_WE": 1)") ==
        "m: decoder: the encoder has C_WE = 1.5 and the decoder 1, but they share the word embedding");
  CHECK_THAT(error(R"("cross-attention")", R"("crossed")"), ContainsSubstring("m: decoder.blocks[1].kind: "));
  CHECK_THAT(error(R"("kind": "attention", "mask": "none")", R"("kind": "cross-attention")"),
             ContainsSubstring("m: encoder.blocks[0].kind: "));
  CHECK_THAT(error(R"("before": [ {"kind": "norm"} ])", R"("before": [ {"kind": "norm", "epsilon": 1} ])"),
             ContainsSubstring("m: encoder.before[0].epsilon: "));
  CHECK_THAT(error(R"("head": {)", R"("stem": 1, "head": {)"), ContainsSubstring("m: stem: "));
  CHECK_THAT(error(R"("V": 2)", R"("patch": 2)"), ContainsSubstring("m: learning_rate.patch: "));
  CHECK_THAT(error(R"("pool": "none")", R"("pool": "class")"), ContainsSubstring("m: head.pool: "));
}
