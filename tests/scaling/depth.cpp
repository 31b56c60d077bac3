// SPDX-License-Identifier: MIT
#include "widthwise/scaling/depth.hpp"

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using ww::test::line;

namespace {

ww::ModelGroups deep(int layers) {
  return ww::test::vision({.width = 64, .layers = layers});
}

struct Ratio {
  double deviation, rate, multiplier, epsilon;
};

// What the rule makes of one group, over what it is without a rule.
template <class Rule, class S, class O>
Ratio ratio(const Rule& rule, int layers, const S& strategy, const O& optimizer, const std::string& name) {
  const auto with = line(ww::plan(ww::with_depth(deep(layers), rule), strategy, optimizer), name);
  const auto without = line(ww::plan(deep(layers), strategy, optimizer), name);
  return {with.init_std / without.init_std, with.learning_rate_factor / without.learning_rate_factor,
          with.multiplier / without.multiplier, with.gradient_scale / without.gradient_scale};
}

constexpr auto in_branches = {"Q", "K", "V", "U", "W", "X"};
constexpr auto outside = {"patch", "PE", "head", "head_bias"};

}  // namespace

// arXiv 2505.01618, Table 1: hidden rates m_N⁻¹ m_L^(α−1), branches m_L^(−α), embedding and head as they are.
TEMPLATE_TEST_CASE("CompleteP's table follows from the orders of gradients", "[scaling]", ww::NeuralTangent,
                   ww::MaximalUpdate, ww::Mup) {
  const TestType strategy{};
  for (const double alpha : {0.0, 0.5, 0.75, 1.0})
    for (const int layers : {1, 3, 32}) {
      const ww::BranchMultiplier rule(alpha);
      for (const std::string name : in_branches) {
        CAPTURE(name, alpha, layers);
        const Ratio adam = ratio(rule, layers, strategy, ww::AdamW{}, name);
        const double depth = layers;
        if (alpha == 0) {  // no multiplier, no rule
          CHECK(adam.rate == 1);
          continue;
        }
        CHECK(adam.deviation == 1);
        CHECK(adam.rate == Approx(std::pow(depth, alpha - 1)));
        CHECK(adam.multiplier == Approx(name == "U" || name == "X" ? std::pow(depth, -alpha) : 1));
        CHECK(adam.epsilon == Approx(std::pow(depth, -alpha)));
        CHECK(ratio(rule, layers, strategy, ww::Sgd{}, name).rate == Approx(std::pow(depth, 2 * alpha - 1)));
        CHECK(ratio(rule, layers, strategy, ww::Adafactor{}, name).rate ==
              Approx(std::pow(depth, alpha - 1)));
        CHECK(ratio(rule, layers, strategy, ww::Muon{}, name).rate == Approx(std::pow(depth, alpha - 1)));
      }
      for (const std::string name : outside) {
        CAPTURE(name);
        CHECK(ratio(rule, layers, strategy, ww::AdamW{}, name).rate == 1);
        CHECK(ratio(rule, layers, strategy, ww::AdamW{}, name).epsilon == 1);
      }
    }
}

TEST_CASE("initializations for deep models are those of their sources", "[scaling]") {
  const auto deviation = [](const auto& rule, int layers, const std::string& name) {
    const Ratio all = ratio(rule, layers, ww::NeuralTangent{}, ww::AdamW{}, name);
    CHECK(all.rate == 1);
    CHECK(all.multiplier == 1);
    return all.deviation;
  };
  for (const std::string name : in_branches) {
    CAPTURE(name);
    const bool last = name == "U" || name == "X", carries = name != "Q" && name != "K";
    CHECK(deviation(ww::Gpt2Init{}, 12, name) == Approx(last ? 1 / std::sqrt(24) : 1));
    CHECK(deviation(ww::TFixup{}, 16, name) == Approx(carries ? 0.67 / 2 : 1));
    CHECK(deviation(ww::DeepNorm{}, 2, name) == Approx(carries ? 0.5 : 1));  // (8 · 2)^(−1/4)
  }
  for (const std::string name : outside)
    CHECK(deviation(ww::DeepNorm{}, 2, name == "head_bias" ? "head" : name) == 1);
  const ww::Plan deepnorm =
      ww::plan(ww::with_depth(deep(8), ww::DeepNorm{}), ww::NeuralTangent{}, ww::AdamW{});
  CHECK(deepnorm.depth_rule == "deepnorm");
  CHECK(deepnorm.skip_multiplier == Approx(2));
  CHECK(deepnorm.skip_formula == "2^0.25 n_layers^0.25");
}

TEST_CASE("DS-Init gives every layer its own line", "[scaling]") {
  const ww::Plan plan = ww::plan(ww::with_depth(deep(3), ww::DsInit{}), ww::NeuralTangent{}, ww::AdamW{});
  std::vector<double> deviations;
  for (const auto& group : plan)
    if (group.name == "X") {
      CHECK(group.blocks == std::vector<int>{static_cast<int>(3 + 2 * deviations.size())});
      deviations.push_back(group.init_std);
    }
  REQUIRE(deviations.size() == 3);
  CHECK(deviations[1] == Approx(deviations[0] / std::sqrt(2)));
  CHECK(deviations[2] == Approx(deviations[0] / std::sqrt(3)));
}

TEST_CASE("formulas say where the depth is", "[scaling]") {
  const ww::Plan plan =
      ww::plan(ww::with_depth(deep(4), ww::BranchMultiplier(0.5)), ww::NeuralTangent{}, ww::AdamW{});
  CHECK(line(plan, "U").multiplier_formula == "1/sqrt(n_layers)");
  CHECK(line(plan, "V").multiplier_formula == "1");
  CHECK(line(plan, "Q").learning_rate_formula == "1/(n sqrt(n n_layers))");
  CHECK(line(plan, "Q").copies == 4);
  const ww::Plan gpt2 = ww::plan(ww::with_depth(deep(4), ww::Gpt2Init{}), ww::NeuralTangent{}, ww::AdamW{});
  CHECK(line(gpt2, "U").init_formula == "sqrt(C_U/(2 n n_layers))");
}

// A model tuned shallow, carried to a deep one and back.
TEST_CASE("relative plans carry depth", "[scaling]") {
  const auto planned = [](int layers) {
    return ww::plan(ww::with_depth(deep(layers), ww::BranchMultiplier(1)), ww::MaximalUpdate{}, ww::AdamW{});
  };
  const ww::Plan shallow = planned(2), large = planned(16);
  const ww::TunedModel tuned =
      ww::apply(shallow, {.learning_rate = 1e-2, .weight_decay = 0.1, .epsilon = 1e-8});
  const ww::TunedModel carried = ww::plan(shallow, tuned, large), back = ww::plan(large, carried, shallow);
  for (std::size_t i = 0; i < tuned.groups.size(); ++i) {
    const auto &from = tuned.groups[i].settings, &to = carried.groups[i].settings;
    const bool branch = !tuned.groups[i].blocks.empty();
    CAPTURE(tuned.groups[i].name);
    CHECK(to.learning_rate == Approx(from.learning_rate));  // α = 1
    CHECK(to.epsilon == Approx(from.epsilon / (branch ? 8 : 1)));
    CHECK(back.groups[i].settings.multiplier == Approx(from.multiplier));
    CHECK(back.groups[i].settings.epsilon == Approx(from.epsilon));
  }
}

TEST_CASE("what has no layers follows no rule for deep models", "[scaling]") {
  const ww::Gpt2Init rule;
  CHECK_THROWS_WITH(ww::with_depth(deep(0), rule),
                    "a rule for deep models needs blocks, but no group says which it is in");
  CHECK_THROWS_WITH(ww::with_depth(ww::with_depth(deep(2), rule), ww::DsInit{}),
                    "the model follows gpt2 already and cannot follow ds-init too");
  ww::ModelGroups odd = deep(2);
  std::erase_if(odd.groups, [](const auto& group) { return group.blocks == std::vector<int>{5}; });
  CHECK_THROWS_WITH(
      ww::with_depth(odd, rule),
      "a rule for deep models counts attention and MLP as one layer, but the model has 3 blocks");
  ww::ModelGroups parts = deep(2);
  parts.groups[3].part = "decoder";
  CHECK_THROWS_WITH(
      ww::with_depth(parts, rule),
      "rules for deep models are for one stack of blocks, but group decoder.K is of an encoder or decoder");
  CHECK_THROWS_WITH(
      ww::parse_depth_rule("deep"),
      "a rule for deep models is one of depth-mup, completep, gpt2, t-fixup, deepnorm, ds-init, but "
      "not \"deep\"");
  CHECK_THROWS_WITH(ww::BranchMultiplier(2), "the exponent of the branches must lie in [0, 1], but is 2");
  CHECK(std::get<ww::BranchMultiplier>(ww::parse_depth_rule("completep")).exponent() == 1);
}
