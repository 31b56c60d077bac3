// SPDX-License-Identifier: MIT
#include "plan/frameworks.hpp"

#include <cstdlib>
#include <regex>
#include <sstream>

#include "json_text.hpp"
#include "plan/load_lines.hpp"
#include "plan/patterns.hpp"
#include "support/catch.hpp"
#include "support/run_program.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/network/presets.hpp"

using namespace widthwise;
using namespace widthwise::program;
using namespace widthwise::test;

namespace {

FrameworkPlan planned(const Model& model, const std::string& strategy, const std::string& optimizer) {
  return framework_plan(parameter_groups(model), parse_strategy(strategy), parse_optimizer(optimizer), {});
}

std::string docs() {
  return contents(std::string(WIDTHWISE_DOCS) + "/frameworks.md");
}

// The groups whose pattern a name fits.
std::string owners(const Plan& plan, const std::string& name) {
  std::string found;
  for (const auto& line : plan)
    if (std::regex_search(name, std::regex(name_pattern(line, plan)))) found += line.name + " ";
  return found;
}

}  // namespace

TEST_CASE("patterns find the tensors of public models, and leave alone what is in no group", "[frameworks]") {
  const Plan vision = planned(preset("vit-b16"), "hybrid", "adamw").plan;
  const Plan language = planned(preset("gpt2"), "hybrid", "adamw").plan;
  struct Name {
    const Plan& plan;
    std::string name, groups;
  };
  const std::vector<Name> names{
      // timm
      {vision, "patch_embed.proj.weight", "patch "},
      {vision, "patch_embed.proj.bias", ""},
      {vision, "pos_embed", "PE "},
      {vision, "blocks.11.attn.qkv.weight", "Q K V "},
      {vision, "blocks.11.attn.qkv.bias", ""},
      {vision, "blocks.11.attn.proj.weight", "U "},
      {vision, "blocks.11.mlp.fc1.weight", "W "},
      {vision, "blocks.11.mlp.fc2.weight", "X "},
      {vision, "blocks.11.norm1.weight", ""},
      {vision, "norm.weight", ""},
      {vision, "head.weight", "head "},
      {vision, "head.bias", "head_bias "},
      // Transformers
      {vision, "vit.embeddings.patch_embeddings.projection.weight", "patch "},
      {vision, "vit.embeddings.position_embeddings", "PE "},
      {vision, "vit.encoder.layer.3.attention.attention.query.weight", "Q "},
      {vision, "vit.encoder.layer.3.attention.attention.key.weight", "K "},
      {vision, "vit.encoder.layer.3.attention.attention.value.weight", "V "},
      {vision, "vit.encoder.layer.3.attention.output.dense.weight", "U "},
      {vision, "vit.encoder.layer.3.intermediate.dense.weight", "W "},
      {vision, "vit.encoder.layer.3.output.dense.weight", "X "},
      {vision, "vit.encoder.layer.3.output.dense.bias", ""},
      {vision, "vit.encoder.layer.3.layernorm_before.weight", ""},
      {vision, "classifier.weight", "head "},
      {language, "transformer.wte.weight", "WE "},
      {language, "transformer.wpe.weight", "PE "},
      {language, "transformer.h.0.attn.c_attn.weight", "Q K V "},
      {language, "transformer.h.0.attn.c_proj.weight", "U "},
      {language, "transformer.h.0.mlp.c_fc.weight", "W "},
      {language, "transformer.h.0.mlp.c_proj.weight", "X "},
      {language, "transformer.h.0.ln_1.weight", ""},
      {language, "bert.embeddings.word_embeddings.weight", "WE "},
      {language, "bert.embeddings.position_embeddings.weight", "PE "},
      {language, "bert.embeddings.token_type_embeddings.weight", ""},
      {language, "model.embed_tokens.weight", "WE "},
      {language, "model.layers.7.self_attn.q_proj.weight", "Q "},
      {language, "model.layers.7.self_attn.o_proj.weight", "U "},
      {language, "model.layers.7.mlp.up_proj.weight", "W "},
      {language, "model.layers.7.mlp.down_proj.weight", "X "},
      {language, "model.layers.7.input_layernorm.weight", ""},
      // torchvision, torch.nn, LLaMA's own code
      {vision, "conv_proj.weight", "patch "},
      {vision, "encoder.pos_embedding", "PE "},
      {vision, "encoder.layers.encoder_layer_2.self_attention.in_proj_weight", "Q K V "},
      {vision, "encoder.layers.encoder_layer_2.self_attention.out_proj.weight", "U "},
      {vision, "encoder.layers.encoder_layer_2.mlp.0.weight", "W "},
      {vision, "encoder.layers.encoder_layer_2.mlp.3.weight", "X "},
      {vision, "heads.head.weight", "head "},
      {vision, "layers.0.linear1.weight", "W "},
      {vision, "layers.0.linear2.weight", "X "},
      {language, "tok_embeddings.weight", "WE "},
      {language, "layers.0.attention.wq.weight", "Q "},
      {language, "layers.0.attention.wo.weight", "U "},
      // Flax
      {vision, "embedding.kernel", "patch "},
      {vision, "Transformer.posembed_input.pos_embedding", "PE "},
      {vision, "Transformer.encoderblock_0.MultiHeadDotProductAttention_1.query.kernel", "Q "},
      {vision, "Transformer.encoderblock_0.MultiHeadDotProductAttention_1.out.kernel", "U "},
      {vision, "Transformer.encoderblock_0.MlpBlock_3.Dense_0.kernel", "W "},
      {vision, "Transformer.encoderblock_0.MlpBlock_3.Dense_1.kernel", "X "},
      {language, "wte.embedding", "WE "},
      // llm.c
      {language, "wte", "WE "},
      {language, "wpe", "PE "},
      {language, "qkvw", "Q K V "},
      {language, "qkvb", ""},
      {language, "attprojw", "U "},
      {language, "fcw", "W "},
      {language, "fcprojw", "X "},
      {language, "ln1w", ""}};
  for (const auto& [plan, name, groups] : names) {
    CAPTURE(name);
    CHECK(owners(plan, name) == groups);
  }
}

TEST_CASE("groups that differ among blocks are found by the numbers of their layers", "[frameworks]") {
  Model model = preset("vit-b16");
  std::get<Residual<SelfAttention>>(model.blocks.sequence[2]).branch.coefficients.query = 0.25;
  const Plan plan = planned(model, "hybrid", "adamw").plan;
  const auto fits = [&](std::size_t line, const char* name) {
    return std::regex_search(name, std::regex(name_pattern(plan.groups[line], plan)));
  };
  const std::size_t rest = 2, odd = 8;
  REQUIRE(plan.groups[rest].name == "Q");
  REQUIRE(plan.groups[odd].name == "Q");
  REQUIRE(plan.groups[odd].blocks == std::vector<int>{4});
  CHECK(fits(odd, "blocks.1.attn.q_proj.weight"));
  CHECK(fits(odd, "vit.encoder.layer.1.attention.attention.query.weight"));
  CHECK_FALSE(fits(rest, "blocks.1.attn.q_proj.weight"));
  CHECK_FALSE(fits(odd, "blocks.11.attn.q_proj.weight"));
  CHECK(fits(rest, "blocks.11.attn.q_proj.weight"));
  CHECK(fits(rest, "blocks.0.attn.qkv.weight"));
}

TEST_CASE("the formats of frameworks hold the plan's doubles", "[frameworks]") {
  const Model vision = preset("vit-b16"), language = preset("gpt2");
  for (const auto& [model, strategy, optimizer] :
       std::vector<std::tuple<const Model*, const char*, const char*>>{{&vision, "mup", "adam"},
                                                                       {&language, "0.3", "adamw"},
                                                                       {&language, "hybrid", "lion"},
                                                                       {&vision, "hybrid", "muon"}}) {
    const FrameworkPlan made = planned(*model, strategy, optimizer);
    const bool muon = std::string(optimizer) == "muon";
    for (const Json& json :
         {Json::parse(pytorch_report(made, "m")), Json::parse(muon ? "{}" : optax_report(made, "m"))}) {
      if (json.empty()) continue;
      CHECK(json["output_multiplier"].get<double>() == made.plan.output_multiplier);
      CHECK(json["optimizer"] == optimizer);
      REQUIRE(json["groups"].size() == made.plan.groups.size());
      for (std::size_t i = 0; i <= made.plan.groups.size(); ++i) {
        const bool vectors = i == made.plan.groups.size();
        const Json& group = vectors ? json["vectors"] : json["groups"][i];
        const Hyperparameters& line = vectors ? made.vectors : made.plan.groups[i];
        CHECK(group["name"] == line.name);
        CHECK(group["multiplier"].get<double>() == line.multiplier);
        CHECK(group["lr_factor"].get<double>() == line.learning_rate_factor);
        CHECK(group["weight_decay_factor"].get<double>() == line.weight_decay_factor);
        CHECK(group["optimizer"] == line.optimizer);
        CHECK(group.contains("eps_factor") == line.optimizer.starts_with("adam"));
        if (group.contains("eps_factor")) CHECK(group["eps_factor"].get<double>() == line.gradient_scale);
        if (vectors) continue;
        CHECK(group["init_std"].get<double>() == line.init_std);
        CHECK(group["shape"] == line.shape);
        CHECK(group["copies"] == line.copies);
      }
    }
  }
}

TEST_CASE("biases and gains learn as positional embeddings do, and are not decayed", "[frameworks]") {
  for (const char* strategy : {"uniform", "neural-tangent", "hybrid", "maximal-update", "mup", "spectral"})
    for (const char* optimizer : {"sgd", "adamw", "muon"}) {
      const FrameworkPlan made = planned(preset("vit-b16"), strategy, optimizer);
      const Hyperparameters& position = made.plan.groups[1];
      REQUIRE(position.name == "PE");
      CHECK(made.vectors.learning_rate_factor == position.learning_rate_factor);
      CHECK(made.vectors.gradient_scale == position.gradient_scale);
      CHECK(made.vectors.weight_decay_factor == 0);
    }
  // Everett's muP multiplies embeddings by sqrt(n); a vector without the multiplier learns sqrt(n) faster.
  const FrameworkPlan form = planned(preset("vit-b16"), "everett-mup", "adamw");
  CHECK(form.plan.groups[1].multiplier == Approx(std::sqrt(768.0)));
  CHECK(form.vectors.multiplier == 1);
  CHECK(form.vectors.learning_rate_factor == Approx(1));
  CHECK(form.vectors.gradient_scale == Approx(form.plan.groups[1].gradient_scale / std::sqrt(768.0)));
}

TEST_CASE("the C header compiles as C99 and holds the plan's doubles", "[frameworks]") {
  const Model model = preset("gpt2");
  const FrameworkPlan made = planned(model, "0.3", "adamw");
  const TemporaryFolder folder;
  folder.write("plan.h", c_report(made, "gpt2"));
  // Every number, and for every name of a tensor in llm.c its group, by the lines of the docs.
  const std::string page = docs();
  const auto begin = page.find("```c\n") + 5;
  folder.write("lines.h", page.substr(begin, page.find("```", begin) - begin));
  const auto source = folder.write("main.c", R"(
#include <stdio.h>
#include "lines.h"
static void print(const WidthwiseGroup* g) {
  printf("%s %lld %lld %lld %s %.17g %.17g %.17g %.17g %.17g\n", g->name, g->shape[0], g->shape[1], g->copies,
         g->optimizer, g->multiplier, g->init_std, g->lr_factor, g->weight_decay_factor, g->eps_factor);
}
int main(void) {
  const char* names[] = {"wte", "wpe", "ln1w", "qkvw", "qkvb", "attprojw", "fcw", "fcprojw", "lnfb"};
  printf("%.17g\n", WIDTHWISE_OUTPUT_MULTIPLIER);
  for (int i = 0; i < WIDTHWISE_GROUPS; ++i) print(&widthwise_plan[i]);
  print(&widthwise_vectors);
  for (unsigned j = 0; j < sizeof names / sizeof *names; ++j) printf("%s ", group_of(names[j])->name);
  float p = 2, m = 0, v = 0;
  const float gradient = 1;
  update(&widthwise_plan[0], &p, &gradient, &m, &v, 1, 1, 0.5f, 0.9f, 0.999f, 0, 0.25f);
  printf("%.9g\n", p);
  return 0;
}
)");
  const std::string program = (folder.path() / "main").string(), out = program + ".txt";
  const std::string command = std::string(WIDTHWISE_COMPILER) +
                              " -x c -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror " +
                              source.string() + " -o " + program + " -lm && " + program + " > " + out;
  REQUIRE(std::system(command.c_str()) == 0);
  std::istringstream text(contents(out));
  std::string word;
  const auto number = [&] {
    text >> word;
    return std::stod(word);
  };
  CHECK(number() == made.plan.output_multiplier);
  std::vector<Hyperparameters> lines = made.plan.groups;
  lines.push_back(made.vectors);
  for (const Hyperparameters& line : lines) {
    CAPTURE(line.name);
    CHECK((text >> word, word) == line.name);
    CHECK(number() == static_cast<double>(line.shape[0]));
    CHECK(number() == (line.shape.size() > 1 ? static_cast<double>(line.shape[1]) : 0));
    CHECK(number() == static_cast<double>(line.copies));
    CHECK((text >> word, word) == line.optimizer);
    CHECK(number() == line.multiplier);
    CHECK(number() == line.init_std);
    CHECK(number() == line.learning_rate_factor);
    CHECK(number() == line.weight_decay_factor);
    CHECK(number() == line.gradient_scale);
  }
  for (const char* group : {"WE", "PE", "vectors", "Q", "vectors", "U", "W", "X", "vectors"})
    CHECK((text >> word, word) == group);
  // The step is that of the sign of the gradient, and the shrinkage is half a quarter of the value.
  CHECK(number() == Approx(2 - 0.5 * lines[0].learning_rate_factor - 0.5 * 0.25 * 2).epsilon(1e-5));
}

TEST_CASE("the program writes the formats of frameworks, or says why not", "[frameworks]") {
  const Run run = run_program({"plan", "--preset", "gpt2", "--format", "pytorch"});
  CHECK(run.status == 0);
  CHECK(Json::parse(run.out)["model"] == "gpt2");
  CHECK(run_program({"plan", "--preset", "gpt2", "--format", "optax"}).status == 0);
  CHECK_THAT(run_program({"plan", "--preset", "gpt2", "--format", "c"}).out,
             ContainsSubstring("#define WIDTHWISE_GROUPS 8\n"));
  check_refused({"plan", "--preset", "gpt2", "--format", "optax", "--optimizer", "muon"},
                "--format: the format optax is for sgd, adam, adamw and lion, but the optimizer is muon");
}

TEST_CASE("the lines in docs are those that plans hold", "[frameworks]") {
  const std::string page = docs();
  CHECK_THAT(page, ContainsSubstring(pytorch_lines()));
  CHECK_THAT(page, ContainsSubstring(optax_lines("adamw")));
}
