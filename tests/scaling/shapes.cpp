// SPDX-License-Identifier: MIT
#include "widthwise/scaling/shapes.hpp"

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"
#include "support/plan_line.hpp"
#include "support/shape_lists.hpp"
#include "widthwise/scaling/muon.hpp"
#include "widthwise/scaling/spectral.hpp"

namespace ww = widthwise;
using ww::test::entry;
using ww::test::line;

namespace {

std::vector<std::string> names(const ww::Plan& plan) {
  std::vector<std::string> all;
  for (const auto& group : plan) all.push_back(group.name);
  std::sort(all.begin(), all.end());
  return all;
}

std::int64_t count(const ww::TensorList& list) {
  std::int64_t all = 0;
  for (const auto& tensor : list) {
    std::int64_t product = 1;
    for (const auto size : tensor.shape) product *= size;
    all += product;
  }
  return all;
}

ww::Plan adamw(const ww::ShapedModel& model) {
  return plan(model.groups, ww::NeuralTangent{}, ww::AdamW{});
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the name of a tensor tells its role in the frameworks people use") {
  const auto role = [](const std::string& name) {
    const ww::TensorRole found = ww::role_of(name);
    return found.name + (found.bias ? "+" : "");
  };
  CHECK(role("transformer.h.3.mlp.c_proj.bias") == "X+");
  CHECK(role("transformer.h.3.attn.c_proj.weight") == "U");
  CHECK(role("vit.encoder.layer.11.attention.output.dense.weight") == "U");
  CHECK(role("vit.encoder.layer.11.output.dense.weight") == "X");
  CHECK(role("bert.encoder.layer.0.attention.output.LayerNorm.weight") == "norm");
  CHECK(role("bert.pooler.dense.weight").empty());
  CHECK(role("gpt_neox.layers.0.attention.dense.weight") == "U");
  CHECK(role("gpt_neox.layers.0.mlp.dense_h_to_4h.weight") == "W");
  CHECK(role("decoder.block.0.layer.0.SelfAttention.o.weight") == "U");
  CHECK(role("decoder.block.0.layer.2.DenseReluDense.wi_0.weight") == "gate");
  CHECK(role("decoder.block.0.layer.2.DenseReluDense.wo.weight") == "X");
  CHECK(role("encoder.layers.encoder_layer_0.self_attention.in_proj_bias") == "QKV+");
  CHECK(role("encoder.layers.encoder_layer_0.ln_1.weight") == "norm");
  CHECK(role("patch_embed.proj.weight") == "patch");
  CHECK(role("blocks.0.attn.proj.weight") == "U");
  CHECK(role("blocks.0.norm1.bias") == "norm+");
  CHECK(role("h_0/attn/c_attn/kernel") == "QKV");
  CHECK(role("wte/embedding") == "WE");
  CHECK(role("model.layers.0.mlp.gate.weight").empty());  // a router
  CHECK(role("").empty());

  const auto layer = [](const std::string& name) {
    return ww::detail::take_apart(name).layer;
  };
  CHECK(layer("transformer.h.13.ln_1.weight") == "transformer.h.13");
  CHECK(layer("Transformer/encoderblock_7/LayerNorm_0/scale") == "Transformer/encoderblock_7");
  CHECK(layer("ln_1.weight").empty());
  CHECK(ww::detail::take_apart("transformer.h.13.ln_1.weight").pattern == "transformer.h.*.ln_1.weight");
}

TEST_CASE("GPT-2: a fused matrix is split and the missing head is the word embedding") {
  const ww::TensorList small = ww::test::gpt2_shapes(768, 12), large = ww::test::gpt2_shapes(1280, 36);
  REQUIRE(count(small) == 124439808);  // as published
  REQUIRE(count(large) == 774030080);
  const ww::ShapedModel model = ww::read_shapes({small, large});
  CHECK(model.groups.tied_head);
  CHECK(model.tied_tensor == "transformer.wte.weight");
  const ww::Plan plan = adamw(model);
  CHECK(plan.parameters == count(small));
  CHECK(names(plan) == Strings{"K", "K_bias", "PE", "Q", "Q_bias", "U", "U_bias", "V", "V_bias", "W", "WE",
                               "W_bias", "X", "X_bias", "norm", "norm_bias"});
  for (const char* name : {"Q", "K", "V", "U"}) {
    CHECK(line(plan, name).shape == std::vector<std::int64_t>{768, 768});
    CHECK(line(plan, name).copies == 12);
    CHECK(line(plan, name).learning_rate_formula == "1/(n sqrt(n))");
  }
  CHECK(line(plan, "W").shape == std::vector<std::int64_t>{3072, 768});
  CHECK(line(plan, "X").init_formula == "sqrt(C_X/(M n))");
  CHECK(line(plan, "W_bias").learning_rate_formula == "1/sqrt(M n)");
  CHECK(line(plan, "norm").init_mean == 1);
  CHECK(line(plan, "norm").copies == 25);
  CHECK(line(plan, "norm").init_std == 0);
  CHECK(line(plan, "K_bias").init_mean == 0);
  CHECK(line(plan, "Q").blocks.front() == 2);
  CHECK(line(plan, "X").blocks.back() == 25);

  const auto tensors = ww::tensors_of(model);
  REQUIRE(tensors.size() == plan.groups.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(static_cast<std::int64_t>(tensors[i].size()) == plan.groups[i].copies);
    if (plan.groups[i].name == "K") CHECK(tensors[i][1] == "transformer.h.1.attn.c_attn.weight");
  }

  // The same numbers at the other width, and from three.
  const ww::ShapedModel at_1280 = ww::read_shapes({small, large, ww::test::gpt2_shapes(1600, 48)}, {}, 1);
  CHECK(adamw(at_1280).parameters == count(large));
  CHECK(line(adamw(at_1280), "W").shape == std::vector<std::int64_t>{5120, 1280});
}

TEST_CASE("a head that is listed is tied where that is said, and refused where it is open") {
  const auto with_head = [](std::int64_t n, std::string shares) {
    ww::TensorList list = ww::test::gpt2_shapes(n, 2);
    list.push_back({"lm_head.weight",
                    shares.empty() ? std::vector<std::int64_t>{50257, n} : std::vector<std::int64_t>{},
                    shares});
    return list;
  };
  const std::vector<ww::TensorList> open{with_head(768, ""), with_head(1024, "")},
      shared{with_head(768, "transformer.wte.weight"), with_head(1024, "transformer.wte.weight")};
  CHECK_THROWS_WITH(ww::read_shapes(open),
                    "lm_head.weight has the shape of the word embedding "
                    "transformer.wte.weight and may be the same tensor: say whether "
                    "the head is tied");
  const ww::Plan tied = adamw(ww::read_shapes(shared)), said = adamw(ww::read_shapes(open, {.tied = true})),
                 missing =
                     adamw(ww::read_shapes({ww::test::gpt2_shapes(768, 2), ww::test::gpt2_shapes(1024, 2)}));
  CHECK(names(tied) == names(said));
  CHECK_FALSE(ww::read_shapes(open, {.tied = true}).sizes.contains("n_out"));
  CHECK(names(tied) == names(missing));
  CHECK(tied.output_multiplier_formula == "1/sqrt(n)");
  CHECK(said.parameters == missing.parameters);
  const ww::ShapedModel untied = ww::read_shapes(open, {.tied = false});
  CHECK_FALSE(untied.groups.tied_head);
  CHECK(line(adamw(untied), "head").shape == std::vector<std::int64_t>{50257, 768});
  CHECK(line(adamw(untied), "head").learning_rate_formula == "1/(n sqrt(n_out))");

  CHECK_THROWS_WITH(plan(ww::read_shapes(shared).groups, ww::Spectral{}, ww::AdamW{}),
                    ContainsSubstring("the model's head is its word embedding"));
  CHECK_THROWS_WITH(
      ww::read_shapes(shared, {.tied = false}),
      "the head is said not to be tied to transformer.wte.weight, but lm_head.weight shares it");
  CHECK_THROWS_WITH(ww::read_shapes({with_head(768, "transformer.wpe.weight"), shared[1]}),
                    ContainsSubstring("lm_head.weight is said to be transformer.wpe.weight: only a head"));
  CHECK_THROWS_WITH(
      ww::read_shapes({shared[0], open[1]}),
      ContainsSubstring("lm_head.weight is another tensor at one width and a tensor of its own"));
}

TEST_CASE("LLaMA: grouped queries, a gate, and hidden sizes that are rounded up") {
  using namespace ww::test;
  const ww::TensorList l8 = llama_shapes(llama3_8b), l70 = llama_shapes(llama3_70b);
  REQUIRE(count(l8) == 8030261248);
  REQUIRE(count(l70) == 70553706496);
  const ww::Plan three = adamw(ww::read_shapes({l8, l70}, {.tied = false}, 1));
  CHECK(three.parameters == count(l70));
  CHECK(names(three) == Strings{"K", "Q", "U", "V", "W", "WE", "X", "gate", "head", "norm"});
  CHECK(line(three, "K").shape == std::vector<std::int64_t>{1024, 8192});
  CHECK(line(three, "K").init_formula == "sqrt(C_K/n)");
  CHECK(line(three, "V").learning_rate_formula == "1/(n sqrt(n_V))");  // as many at every width
  CHECK(line(three, "K").learning_rate_factor == Approx(1 / (8192 * std::sqrt(1024.0))));
  const ww::Plan muon =
      plan(ww::read_shapes({l8, l70}, {.tied = false}).groups, ww::MaximalUpdate{}, ww::Muon{});
  CHECK(line(muon, "gate").optimizer == "muon");
  CHECK(line(muon, "K").optimizer == "adamw");  // only one of its sides grows
  CHECK(line(three, "gate").learning_rate_factor == line(three, "W").learning_rate_factor);
  CHECK(line(three, "gate").learning_rate_formula == "1/(n sqrt(M n))");
  CHECK(line(three, "X").init_formula == "sqrt(C_X/(M n))");

  // Where there are more of them the wider the model, they go with the width.
  const ww::Plan growing = adamw(ww::read_shapes(
      {llama_shapes({512, 2048, 128, 2, 100}), llama_shapes({1024, 4096, 256, 2, 100})}, {.tied = false}));
  CHECK(line(growing, "K").learning_rate_formula == "1/(n sqrt(M_K n))");
  CHECK(line(growing, "K").learning_rate_factor == Approx(1 / (512 * std::sqrt(128.0))));

  // 8/3 n, rounded up to a multiple of 256.
  const std::vector<ww::TensorList> first{llama_shapes(llama_7b), llama_shapes(llama_13b)};
  REQUIRE(count(first[0]) == 6738415616);
  CHECK_THROWS_WITH(
      ww::read_shapes(first, {.tied = false}),
      "model.layers.0.mlp.gate_proj.weight (taken as gate) has a size that goes 11008, 13824 where "
      "the width goes 4096, 5120, which neither stays nor is a fixed multiple of the width");
  const ww::ShapedModel rounded = ww::read_shapes(first, {.tied = false, .rounding = 256});
  CHECK(adamw(rounded).parameters == count(first[0]));
  CHECK(rounded.sizes.at("M") == std::set<double>{2.6875});
  CHECK_THROWS_WITH(ww::read_shapes(first, {.tied = false, .rounding = 7}),
                    ContainsSubstring("rounded up to a multiple of 7"));
}

TEST_CASE("ViT and BART: patches, a class token, two halves with three kinds of block") {
  const ww::TensorList vit = ww::test::vit_shapes(768, 12);
  REQUIRE(count(vit) == 86567656);
  const ww::ShapedModel vision = ww::read_shapes({vit, ww::test::vit_shapes(1024, 24)});
  const ww::Plan patches = adamw(vision);
  CHECK_FALSE(vision.groups.tied_head);
  CHECK(patches.parameters == count(vit));
  CHECK(line(patches, "patch").shape == std::vector<std::int64_t>{768, 768});
  CHECK(line(patches, "patch").learning_rate_formula == "1/(n_patch sqrt(n))");
  CHECK(line(patches, "PE").shape == std::vector<std::int64_t>{197, 768});
  CHECK(line(patches, "cls").shape == std::vector<std::int64_t>{768});
  CHECK(line(patches, "head_bias").learning_rate_formula == "1/sqrt(n_out)");
  CHECK(line(patches, "patch_bias").learning_rate_formula == "1/sqrt(n)");
  CHECK(line(patches, "U").copies == 12);

  const ww::TensorList bart = ww::test::bart_shapes(768, 6);
  REQUIRE(count(bart) == 139420416);
  REQUIRE(count(ww::test::bart_shapes(1024, 12)) == 406291456);
  const ww::ShapedModel both = ww::read_shapes({bart, ww::test::bart_shapes(1024, 12)});
  const ww::Plan halves = adamw(both);
  CHECK(both.groups.tied_head);
  CHECK(both.tied_tensor == "model.shared.weight");
  CHECK(halves.parameters == count(bart));
  CHECK(line(halves, "Q").copies == 18);
  CHECK(line(halves, "W").copies == 12);
  CHECK(line(halves, "PE").copies == 2);
  const std::vector<int> blocks = line(halves, "Q").blocks;
  CHECK(std::vector<int>(blocks.begin(), blocks.begin() + 7) == std::vector<int>{2, 4, 6, 8, 10, 12, 14});
  CHECK(blocks.back() == 30);  // 1 stem, 12 blocks of the encoder, 18 of the decoder
  CHECK(line(halves, "W").blocks.back() == 31);
}

TEST_CASE("layouts and other frameworks: shapes alone say which side is read") {
  // timm's ViT: fused, outputs × inputs. The same in flax, inputs × outputs, heads apart.
  const auto timm = [](std::int64_t n) {
    return ww::TensorList{{"pos_embed", {1, 17, n}},
                          {"patch_embed.proj.weight", {n, 3, 8, 8}},
                          {"blocks.0.attn.qkv.weight", {3 * n, n}},
                          {"blocks.0.attn.proj.weight", {n, n}},
                          {"blocks.0.mlp.fc1.weight", {4 * n, n}},
                          {"blocks.0.mlp.fc2.weight", {n, 4 * n}},
                          {"norm.weight", {n}},
                          {"head.weight", {10, n}}};
  };
  const auto flax = [](std::int64_t n) {
    return ww::TensorList{{"posembed_input/pos_embedding", {1, 17, n}},
                          {"embedding/kernel", {8, 8, 3, n}},
                          {"encoderblock_0/MultiHeadDotProductAttention_0/query/kernel", {n, n / 64, 64}},
                          {"encoderblock_0/MultiHeadDotProductAttention_0/key/kernel", {n, n / 64, 64}},
                          {"encoderblock_0/MultiHeadDotProductAttention_0/value/kernel", {n, n / 64, 64}},
                          {"encoderblock_0/MultiHeadDotProductAttention_0/out/kernel", {n / 64, 64, n}},
                          {"encoderblock_0/MlpBlock_3/Dense_0/kernel", {n, 4 * n}},
                          {"encoderblock_0/MlpBlock_3/Dense_1/kernel", {4 * n, n}},
                          {"encoder_norm/scale", {n}},
                          {"head/kernel", {n, 10}}};
  };
  CHECK_THROWS_WITH(
      ww::read_shapes({flax(512), flax(640)}),
      "embedding/kernel: the name does not tell what this tensor is; give it a role, or the role "
      "ignore");
  const ww::ShapeConventions roles{
      .roles = {{"embedding/kernel", "patch"}, {"*Dense_0/kernel", "W"}, {"*Dense_1/kernel", "X"}}};
  const ww::Plan a = adamw(ww::read_shapes({timm(512), timm(640)})),
                 b = adamw(ww::read_shapes({flax(512), flax(640)}, roles));
  REQUIRE(names(a) == names(b));
  for (const auto& group : a) {
    const auto& other = line(b, group.name);
    CHECK(group.shape == other.shape);
    CHECK(group.learning_rate_formula == other.learning_rate_formula);
    CHECK(group.init_formula == other.init_formula);
  }

  // A fused matrix with fewer keys than queries, and a fused gate, as Phi-3 has them.
  const auto phi = [](std::int64_t n) {
    return ww::TensorList{{"model.embed_tokens.weight", {100, n}},
                          {"model.layers.0.self_attn.qkv_proj.weight", {n + 2 * 64, n}},
                          {"model.layers.0.self_attn.o_proj.weight", {n, n}},
                          {"model.layers.0.mlp.gate_up_proj.weight", {16 * n / 2, n}},
                          {"model.layers.0.mlp.down_proj.weight", {n, 4 * n}}};
  };
  const ww::Plan fused = adamw(ww::read_shapes({phi(128), phi(256)}));
  CHECK(line(fused, "K").shape == std::vector<std::int64_t>{64, 128});
  CHECK(line(fused, "Q").shape == std::vector<std::int64_t>{128, 128});
  CHECK(line(fused, "gate").shape == std::vector<std::int64_t>{512, 128});
  CHECK(fused.parameters == count(phi(128)));
}

TEST_CASE("stars in patterns of names stand for anything") {
  using ww::detail::fits;
  for (const char* pattern : {"a.b.c", "*", "a*", "*c", "a*c", "**", "*.b.*", "a.*.c", "*a.b.c*"})
    CHECK(fits("a.b.c", pattern));
  for (const char* pattern : {"", "a.b", "b*", "*b", "a.*.d", "*.x.*", "a.b.c.*", "a.b.c?"})
    CHECK_FALSE(fits("a.b.c", pattern));
  CHECK(fits("aab", "*ab"));
  CHECK(fits("", "*"));
  CHECK(fits("", ""));
}

TEST_CASE("coefficients and learning rates are taken by group") {
  const std::vector<ww::TensorList> lists{ww::test::vit_shapes(768, 2), ww::test::vit_shapes(1024, 2)};
  const ww::Plan plan = adamw(ww::read_shapes(
      lists, {.coefficients = {{"Q", 0.5}, {"PE", 4e-4}}, .learning_rates = {{"head", 2}, {"norm", 0}}}));
  CHECK(line(plan, "Q").init_std == Approx(std::sqrt(0.5 / 768)));
  CHECK(line(plan, "K").init_std == Approx(std::sqrt(1.0 / 768)));
  CHECK(line(plan, "PE").init_std == Approx(0.02));
  CHECK(line(plan, "head").learning_rate_formula == "Lambda_head/(n sqrt(n_out))");
  CHECK(line(plan, "norm").learning_rate_factor == 0);
  CHECK_THROWS_WITH(ww::read_shapes(lists, {.coefficients = {{"WE", 1}}}),
                    "the coefficient of WE is set, but the model has no such group");
}

TEST_CASE("shapes that tell nothing, or two things, are refused with the tensor's name") {
  using namespace ww::test;
  const std::vector<ww::TensorList> good{gpt2_shapes(768, 2), gpt2_shapes(1024, 2)};
  const auto refused = [&](const std::string& reason, auto change) {
    std::vector<ww::TensorList> lists = good;
    change(lists);
    CHECK_THROWS_WITH(ww::read_shapes(lists), ContainsSubstring(reason));
  };
  refused("shapes at one width do not show which dimensions grow", [](auto& l) { l.pop_back(); });
  refused("no dimension of any tensor differs between the models", [](auto& l) { l[1] = l[0]; });
  refused("two models have the width 1024", [](auto& l) { l.push_back(l[1]); });
  refused("transformer.wpe.weight has the size 0 but sizes must be positive",
          [](auto& l) { entry(l[1], "transformer.wpe.weight").shape[1] = 0; });
  refused("transformer.ln_f.bias has no dimensions",
          [](auto& l) { entry(l[0], "transformer.ln_f.bias").shape.clear(); });
  refused(
      "transformer.wpe.weight (taken as PE) has a size that goes 1024, 1025 where the width goes 768, 1024",
      [](auto& l) { entry(l[1], "transformer.wpe.weight").shape[0] = 1025; });
  refused("transformer.wpe.weight (taken as PE) grows with the width in both directions",
          [](auto& l) { entry(l[0], "transformer.wpe.weight").shape[0] = 768; });
  refused("transformer.h.1.mlp.c_fc.weight (taken as W) has 3072 channels at every width",
          [](auto& l) { entry(l[1], "transformer.h.1.mlp.c_fc.weight").shape[1] = 3072; });
  refused("transformer.h.0.mlp.c_fc.weight (taken as W) should have the width as its first or last dimension",
          [](auto& l) { entry(l[1], "transformer.h.0.mlp.c_fc.weight").shape[0] = 512; });
  refused(
      "transformer.h.0.attn.c_attn.weight (taken as QKV) holds 2305 channels, which do not split into 768",
      [](auto& l) { entry(l[0], "transformer.h.0.attn.c_attn.weight").shape[1] = 2305; });
  refused("transformer.h.0.attn.c_attn.weight (taken as QKV) cannot be split", [](auto& l) {
    for (auto& list : l)
      std::erase_if(list, [](const auto& t) { return t.name == "transformer.h.0.attn.c_proj.weight"; });
  });
  refused("transformer.ln_f.bias is missing at another width", [](auto& l) { l[1].pop_back(); });
  refused("transformer.ln_f.bias is missing at another width", [](auto& l) { l[0].pop_back(); });
  refused("transformer.h.0.moe.router.weight: the name does not tell what this tensor is", [](auto& l) {
    for (auto& list : l) list.push_back({"transformer.h.0.moe.router.weight", {8, 8}});
  });
  refused("model.word_embeddings.weight (taken as WE) stands beside transformer.wte.weight", [](auto& l) {
    for (auto& list : l)
      list.push_back({"model.word_embeddings.weight", entry(list, "transformer.wte.weight").shape});
  });
  refused("no tensor is the head, and none is a word embedding", [](auto& l) {
    for (auto& list : l) list.erase(list.begin());
  });
  CHECK_THROWS_WITH(ww::read_shapes(good, {.roles = {{"*.ln_f.*", "nrom"}}}),
                    "the role of *.ln_f.* is no known one: nrom");
  CHECK_THROWS_WITH(ww::read_shapes({gpt2_shapes(768, 2), gpt2_shapes(1024, 2)}, {.tied = false}),
                    ContainsSubstring("said not to be tied to transformer.wte.weight, but no other tensor"));
  CHECK_NOTHROW(ww::read_shapes(good, {.roles = {{"*.ln_f.*", "ignore"}}}));
}
