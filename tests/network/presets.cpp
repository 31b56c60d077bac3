// SPDX-License-Identifier: MIT
#include "widthwise/network/presets.hpp"

#include "support/catch.hpp"
#include "support/plan_line.hpp"
#include "support/shape_lists.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/scaling/muon.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

Plan plan_of(std::string_view name) {
  return plan(preset(name), NeuralTangent{}, AdamW{});
}

}  // namespace

// theory §7: 768·768 + 196·768 + 768²·(4+2·4)·12 + 768·1000 + 1000
TEST_CASE("ViT-B/16 has the paper's parameters and initialization", "[network]") {
  const Plan plan = plan_of("vit-b16");
  CHECK(plan.parameters == 86444008);
  const double n = 768;
  CHECK(line(plan, "Q").init_std == Approx(std::sqrt(0.5 / n)));
  CHECK(line(plan, "K").init_std == Approx(std::sqrt(0.5 / n)));
  CHECK(line(plan, "V").init_std == Approx(std::sqrt(0.5 / n)));
  CHECK(line(plan, "U").init_std == Approx(std::sqrt(1 / (3 * n))));
  CHECK(line(plan, "W").init_std == Approx(std::sqrt(0.4 / n)));
  CHECK(line(plan, "X").init_std == Approx(std::sqrt(1.6 / (4 * n))));
  CHECK(line(plan, "patch").init_std == Approx(std::sqrt(1 / n)));  // n_patch is 768 too
  CHECK(line(plan, "PE").init_std == Approx(0.02));
  CHECK(line(plan, "head").init_std == Approx(std::sqrt(1 / n)));
  CHECK(line(plan, "head_bias").init_std == 0);

  const Model model = preset("vit-b16");
  CHECK(model.sizes.heads == 12);
  CHECK(model.depth() == 26);
  CHECK(model.pool() == Pool::mean);
}

// theory §7, "Table of Vision runs": s of none, 0, 1/2, 1 with M ignored.
TEST_CASE("the paper's Vision runs: learning rates of the four strategies", "[network]") {
  const Model model = preset("vit-b16");
  const PlanOptions no_m{.ignore_mlp_multiplier = true};
  const double n = 768, n_patch = 768, n_out = 1000;
  for (const auto& group : plan(model, Uniform{}, AdamW{}, no_m)) CHECK(group.learning_rate_factor == 1);
  const auto check = [&](const auto& strategy, double s) {
    CAPTURE(s);
    const Plan adamw = plan(model, strategy, AdamW{}, no_m);
    const double up = std::pow(n, s / 2);
    CHECK(line(adamw, "patch").learning_rate_factor == Approx(up / (n_patch * std::sqrt(n))));
    CHECK(line(adamw, "PE").learning_rate_factor == Approx(up / std::sqrt(n)));
    for (const char* name : {"Q", "K", "V", "U", "W", "X"})
      CHECK(line(adamw, name).learning_rate_factor == Approx(up / std::pow(n, 1.5)));
    CHECK(line(adamw, "head").learning_rate_factor == Approx(1 / (n * std::sqrt(n_out))));
    CHECK(line(adamw, "head").init_std == Approx(std::pow(n, -(1 + s) / 2)));
    CHECK(line(adamw, "head_bias").learning_rate_factor == Approx(1 / std::sqrt(n_out)));
  };
  check(NeuralTangent{}, 0);
  check(Hybrid{}, 0.5);
  check(MaximalUpdate{}, 1);
}

// theory §7: optimal (lr, wd) of the four strategies. Carried over from uniform scaling, the hidden weights'
// rate and decay land near each of them; the tuned values are on a grid of factors of two or more.
TEST_CASE("the paper's tuned learning rates and decays agree between strategies", "[network]") {
  const Model model = preset("vit-b16");
  const PlanOptions no_m{.ignore_mlp_multiplier = true};
  const double uniform_rate = 0.001, uniform_decay = 0.8;
  const auto check = [&](const auto& strategy, double tuned_rate, double tuned_decay,
                         double tuned_decay_unit) {
    const auto hidden = line(plan(model, strategy, AdamW{}, no_m), "Q");
    const double rate = uniform_rate / hidden.learning_rate_factor;
    CHECK(rate / tuned_rate > 0.5);
    CHECK(rate / tuned_rate < 2);
    // Printed to one digit: half a unit of it.
    CHECK(std::abs(uniform_decay / hidden.weight_decay_factor / tuned_decay_unit - tuned_decay) < 0.5);
  };
  check(NeuralTangent{}, 20, 4, 1e-5);
  check(Hybrid{}, 4, 2, 1e-4);
  check(MaximalUpdate{}, 0.4, 1, 1e-3);
  // The text's 20·768^(−3/2) is 0.94·10⁻³.
  CHECK(20 * line(plan(model, NeuralTangent{}, AdamW{}, no_m), "Q").learning_rate_factor ==
        Approx(0.94e-3).epsilon(1e-2));
}

// Parameters of the published models less biases of attention and MLP, layer norms, class tokens and their
// positions.
TEST_CASE("presets have the sizes of the models they are named after", "[network]") {
  const auto vit = [](double n, double layers, double patch) {
    const double tokens = (224 / patch) * (224 / patch);
    return 3 * patch * patch * n + tokens * n + 12 * n * n * layers + 1000 * n + 1000;
  };
  CHECK(static_cast<double>(plan_of("vit-ti16").parameters) == vit(192, 12, 16));
  CHECK(static_cast<double>(plan_of("vit-s16").parameters) == vit(384, 12, 16));
  CHECK(static_cast<double>(plan_of("vit-b32").parameters) == vit(768, 12, 32));
  CHECK(static_cast<double>(plan_of("vit-l16").parameters) == vit(1024, 24, 16));
  CHECK(static_cast<double>(plan_of("vit-h14").parameters) == vit(1280, 32, 14));

  // GPT-2 as published has 124,439,808 (small) and 1,557,611,200 (XL) parameters; 13 n in every block and 2 n
  // at the end are biases and layer norms.
  const auto gpt2 = [](double published, double n, double layers) {
    return published - 13 * n * layers - 2 * n;
  };
  CHECK(static_cast<double>(plan_of("gpt2").parameters) == gpt2(124439808, 768, 12));
  CHECK(static_cast<double>(plan_of("gpt2-medium").parameters) == gpt2(354823168, 1024, 24));
  CHECK(static_cast<double>(plan_of("gpt2-large").parameters) == gpt2(774030080, 1280, 36));
  CHECK(static_cast<double>(plan_of("gpt2-xl").parameters) == gpt2(1557611200, 1600, 48));
  CHECK(line(plan_of("gpt2"), "Q").init_std == Approx(0.02));
  CHECK(line(plan_of("gpt2"), "X").init_std == Approx(0.02 / std::sqrt(24)));
  CHECK(line(plan_of("gpt2"), "WE").init_std == Approx(0.02));

  CHECK(plan_of("bert-base").parameters == 30522 * 768 + 512 * 768 + 12 * 12 * 768 * 768);
  CHECK(line(plan_of("bert-base"), "U").init_std == Approx(0.02));
}

// Where the library's own description and the tensors of a public model overlap, they must agree in all but
// biases and norms, which the description leaves out.
TEST_CASE("plans from shapes are those of the presets, group by group", "[network]") {
  const auto check = [](const Model& model, const std::vector<TensorList>& lists, std::size_t planned) {
    ShapeConventions conventions;
    for (const auto& group : parameter_groups(model).groups)
      if (group.coefficient) conventions.coefficients[group.name] = group.coefficient->value;
    const ShapedModel shaped = read_shapes(lists, conventions, planned);
    const auto compare = [&](const auto& strategy, const auto& optimizer) {
      const Plan described = plan(model, strategy, optimizer),
                 read = plan(shaped.groups, strategy, optimizer);
      CAPTURE(described.strategy, described.optimizer);
      CHECK(read.output_multiplier == described.output_multiplier);
      CHECK(read.output_multiplier_formula == described.output_multiplier_formula);
      std::size_t found = 0;
      for (const auto& group : read) {
        if (group.name == "norm" || (group.name.ends_with("_bias") && group.name != "head_bias")) continue;
        CAPTURE(group.name);
        const auto& other = line(described, group.name);
        ++found;
        CHECK(group.symbol == other.symbol);
        CHECK(group.shape == other.shape);
        CHECK(group.copies == other.copies);
        CHECK(group.blocks == other.blocks);
        CHECK(group.optimizer == other.optimizer);
        CHECK(group.init_std == other.init_std);
        CHECK(group.init_formula == other.init_formula);
        CHECK(group.learning_rate_factor == other.learning_rate_factor);
        CHECK(group.learning_rate_formula == other.learning_rate_formula);
        CHECK(group.weight_decay_factor == other.weight_decay_factor);
        CHECK(group.gradient_scale == other.gradient_scale);
      }
      CHECK(found == described.groups.size());
    };
    compare(NeuralTangent{}, AdamW{});
    compare(MaximalUpdate{}, Sgd{});
    compare(Hybrid{}, Muon{});
    compare(Uniform{}, AdamW{});
  };
  const std::vector<TensorList> gpt2{test::gpt2_shapes(768, 12), test::gpt2_shapes(1024, 24),
                                     test::gpt2_shapes(1600, 48)};
  check(preset("gpt2"), gpt2, 0);
  check(preset("gpt2-medium"), gpt2, 1);
  check(preset("gpt2-xl"), gpt2, 2);

  const std::vector<TensorList> vit{test::vit_shapes(768, 12), test::vit_shapes(1024, 24)};
  for (std::size_t i = 0; i < 2; ++i) {
    Model model = preset(i == 0 ? "vit-b16" : "vit-l16");
    std::get<PatchStem>(model.stem).coefficients.class_token = 0.25;
    check(model, vit, i);
  }
}

TEST_CASE("an unknown preset is refused with the list of the known ones", "[network]") {
  CHECK_THROWS_WITH(preset("vit-b17"),
                    ContainsSubstring("preset \"vit-b17\" is not one of vit-b16, vit-ti16"));
}

TEST_CASE("an unknown activation is refused with the list of the known ones", "[network]") {
  CHECK_THROWS_WITH(mlp_block("relu6", {}, {}, 4),
                    ContainsSubstring("activation \"relu6\" is not one of identity, relu"));
  CHECK(std::holds_alternative<Residual<Mlp<Gelu>>>(mlp_block("gelu", {}, {}, 4)));
}
