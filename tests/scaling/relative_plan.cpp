// SPDX-License-Identifier: MIT
#include "widthwise/scaling/relative_plan.hpp"

#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using ww::DecayConvention;
using ww::test::rounding;

namespace relative_plans {  // whose short names must not reach other files of a unity build

constexpr ww::GlobalSettings found{.learning_rate = 3e-3, .weight_decay = 0.1, .epsilon = 1e-8};

const ww::test::Sizes small{.width = 128, .multiplier = 2, .patch = 48, .outputs = 10, .layers = 2};
const ww::test::Sizes middle{.width = 192, .multiplier = 3, .patch = 64, .outputs = 100, .layers = 3};
const ww::test::Sizes large{.width = 640, .multiplier = 4, .patch = 588, .outputs = 1000, .layers = 6};

// Tuned by hand in every group, which a plan alone would not give.
ww::TunedModel tuned(const ww::Plan& base, DecayConvention decay) {
  ww::TunedModel model = ww::apply(base, found, decay);
  double own = 1;
  for (ww::TunedGroup& group : model.groups) {
    own *= 1.25;
    group.settings.init_std *= own;
    group.settings.learning_rate /= own;
    group.settings.weight_decay *= own * own;
    group.settings.epsilon *= own;
  }
  return model;
}

ww::GaugedTensor of(const ww::TunedModel& model, const std::string& name) {
  for (const ww::TunedGroup& group : model.groups)
    if (group.name == name) return group.settings;
  throw std::runtime_error("no group " + name);
}

void check_equal(const ww::TunedModel& a, const ww::TunedModel& b) {
  CHECK(a.learning_rate == Approx(b.learning_rate).epsilon(rounding));
  CHECK(a.decay == b.decay);
  CHECK(a.output_multiplier == Approx(b.output_multiplier).epsilon(rounding));
  REQUIRE(a.groups.size() == b.groups.size());
  for (std::size_t i = 0; i < a.groups.size(); ++i) {
    CAPTURE(a.groups[i].name);
    CHECK(a.groups[i].name == b.groups[i].name);
    CHECK(a.groups[i].blocks == b.groups[i].blocks);
    const ww::GaugedTensor &x = a.groups[i].settings, &y = b.groups[i].settings;
    CHECK(x.multiplier == Approx(y.multiplier).epsilon(rounding));
    CHECK(x.init_std == Approx(y.init_std).epsilon(rounding));
    CHECK(x.learning_rate == Approx(y.learning_rate).epsilon(rounding));
    CHECK(x.weight_decay == Approx(y.weight_decay).epsilon(rounding));
    CHECK(x.epsilon == Approx(y.epsilon).epsilon(rounding));
  }
}

// How much a step shrinks a group.
double shrinkage(const ww::TunedModel& model, const ww::GaugedTensor& tensor) {
  switch (model.decay) {
    case DecayConvention::global:
      return model.learning_rate * tensor.weight_decay;
    case DecayConvention::coupled:
      return tensor.learning_rate * tensor.weight_decay;
    default:
      return tensor.weight_decay;
  }
}

const DecayConvention conventions[] = {DecayConvention::global, DecayConvention::coupled,
                                       DecayConvention::independent};

TEMPLATE_TEST_CASE("relative plans compose and invert", "", ww::Sgd, ww::AdamW) {
  for (const double s : {0.0, 0.3, 1.0})
    for (const DecayConvention decay : conventions) {
      CAPTURE(s, decay);
      const auto plan_of = [&](const ww::test::Sizes& z) {
        return ww::plan(ww::test::vision(z), ww::ScaleFamily{s}, TestType{});
      };
      const ww::Plan a = plan_of(small), b = plan_of(middle), c = plan_of(large);
      const ww::TunedModel at_a = tuned(a, decay), at_b = ww::plan(a, at_a, b);
      check_equal(ww::plan(b, at_b, c), ww::plan(a, at_a, c));
      check_equal(ww::plan(b, at_b, a), at_a);
      check_equal(ww::plan(a, at_a, a), at_a);
    }
}

TEST_CASE("between strategies at one size relative plans compose and invert") {
  const ww::ModelGroups model = ww::test::tied_language(small);
  const ww::Plan a = ww::plan(model, ww::Uniform{}, ww::AdamW{}),
                 b = ww::plan(model, ww::NeuralTangent{}, ww::AdamW{}),
                 c = ww::plan(model, ww::MaximalUpdate{}, ww::AdamW{});
  for (const DecayConvention decay : conventions) {
    const ww::TunedModel at_a = tuned(a, decay), at_b = ww::plan(a, at_a, b, "W");
    check_equal(ww::plan(b, at_b, c, "W"), ww::plan(a, at_a, c, "W"));
    check_equal(ww::plan(b, at_b, a, "W"), at_a);
    CHECK(of(at_b, "W").learning_rate == Approx(of(at_a, "W").learning_rate).epsilon(rounding));
    CHECK(of(at_b, "PE").learning_rate > 10 * of(at_a, "PE").learning_rate);
  }
}

// 2304.02034 part II: BART's 1024^{3/2} · 10⁻³, and R2C2's pair after rounding.
TEST_CASE("from uniform to neural-tangent scaling the paper's mapping is reproduced") {
  const auto mapped = [](std::int64_t width, double rate, double decay) {
    const ww::ModelGroups model = ww::test::tied_language({.width = width});
    const ww::Plan uniform = ww::plan(model, ww::Uniform{}, ww::AdamW{}),
                   tangent = ww::plan(model, ww::NeuralTangent{}, ww::AdamW{});
    const ww::TunedModel base =
        ww::apply(uniform, {.learning_rate = rate, .weight_decay = decay}, DecayConvention::global);
    const ww::TunedModel carried = ww::plan(uniform, base, tangent);
    CHECK(of(carried, "Q").learning_rate == Approx(rate).epsilon(rounding));
    CHECK(carried.output_multiplier == Approx(1 / std::sqrt(width)).epsilon(rounding));
    return std::pair{carried.learning_rate, of(carried, "Q").weight_decay};
  };
  CHECK(mapped(1024, 1e-3, 0.01).first == Approx(32.768).epsilon(rounding));
  CHECK(mapped(2048, 7e-4, 0.01).first == Approx(64.88).epsilon(1e-4));
  CHECK(mapped(2048, 7e-4, 0.01).second == Approx(1.08e-7).epsilon(5e-3));
}

TEST_CASE("a relative plan shrinks every group as the base does, in all conventions") {
  for (const DecayConvention decay : conventions) {
    CAPTURE(decay);
    const ww::Plan base = ww::plan(ww::test::vision(small), ww::Hybrid{}, ww::AdamW{}),
                   wide = ww::plan(ww::test::vision(large), ww::Hybrid{}, ww::AdamW{}),
                   other = ww::plan(ww::test::vision(large), ww::MaximalUpdate{}, ww::AdamW{});
    const ww::TunedModel here = tuned(base, decay), there = ww::plan(base, here, wide),
                         elsewhere = ww::plan(wide, there, other);
    for (std::size_t i = 0; i < here.groups.size(); ++i) {
      const double expected = shrinkage(here, here.groups[i].settings);
      CHECK(shrinkage(there, there.groups[i].settings) == Approx(expected).epsilon(rounding));
      CHECK(shrinkage(elsewhere, elsewhere.groups[i].settings) == Approx(expected).epsilon(rounding));
    }
    for (const ww::TunedGroup& group : ww::apply(base, found, decay).groups)
      CHECK(shrinkage(ww::apply(base, found, decay), group.settings) ==
            Approx(found.learning_rate * found.weight_decay).epsilon(rounding));
  }
}

// Theory §5 by hand: |g| ~ √(order/active) n^{−s/2} is n^{−(1+s)/2} off the head at fixed M, n_patch, n_out.
TEST_CASE("Adam's epsilon goes with the entries' gradients") {
  for (const double s : {0.0, 0.5, 1.0})
    for (const bool tied : {false, true}) {
      CAPTURE(s, tied);
      const auto plan_of = [&](std::int64_t width) {
        const ww::test::Sizes z{.width = width, .layers = 2};
        return ww::plan(tied ? ww::test::tied_language(z) : ww::test::vision(z), ww::ScaleFamily{s},
                        ww::AdamW{});
      };
      const ww::Plan base = plan_of(256), wide = plan_of(1024);
      const ww::TunedModel carried = ww::plan(base, ww::apply(base, found), wide);
      for (const ww::TunedGroup& group : carried.groups) {
        const bool at_head = group.name.starts_with("head");
        CHECK(group.settings.epsilon ==
              Approx(1e-8 * (at_head ? 1 : std::pow(4, -(1 + s) / 2))).epsilon(rounding));
      }
    }
  // A tied head that nothing divides has gradients that do not shrink.
  const auto uniform = [](std::int64_t width) {
    return ww::plan(ww::test::tied_language({.width = width}), ww::Uniform{}, ww::AdamW{});
  };
  CHECK(of(ww::plan(uniform(256), ww::apply(uniform(256), found), uniform(1024)), "Q").epsilon ==
        Approx(1e-8).epsilon(rounding));
}

TEST_CASE("more blocks keep what was tuned, and stand in the result") {
  const auto deep = [](int layers) {
    return ww::plan(ww::test::vision({.layers = layers}), ww::Hybrid{}, ww::AdamW{});
  };
  const ww::TunedModel carried = ww::plan(deep(2), ww::apply(deep(2), found), deep(6));
  CHECK(carried.groups[2].blocks == std::vector<int>{2, 4, 6, 8, 10, 12});
  CHECK(of(carried, "Q") == of(ww::apply(deep(2), found), "Q"));
}

TEST_CASE("frozen groups stay frozen and undecayed, and those that start at zero do") {
  const auto plan_of = [](std::int64_t width) {
    ww::ModelGroups model = ww::test::vision({.width = width});
    model.groups[0].learning_rate = 0;
    model.groups[1].coefficient->value = 0;
    return ww::plan(model, ww::Hybrid{}, ww::AdamW{});
  };
  const ww::TunedModel carried = ww::plan(plan_of(256), ww::apply(plan_of(256), found), plan_of(512));
  CHECK(carried.groups[0].settings.learning_rate == 0);
  CHECK(carried.groups[0].settings.weight_decay == 0);
  CHECK(carried.groups[1].settings.init_std == 0);
  CHECK(carried.groups[1].settings.learning_rate > 0);
}

TEST_CASE("a relative plan between models that do not pair is refused in one sentence") {
  const ww::Plan base = ww::plan(ww::test::vision(small), ww::Hybrid{}, ww::AdamW{});
  const ww::TunedModel here = ww::apply(base, found);
  const auto refuse = [&](const ww::Plan& target, const std::string& message) {
    CHECK_THROWS_WITH(ww::plan(base, here, target), message);
  };
  refuse(ww::plan(ww::test::vision(large), ww::Hybrid{}, ww::Sgd{}),
         "what was tuned with adamw cannot be carried to sgd");
  refuse(ww::plan(ww::test::vision(large), ww::NeuralTangent{}, ww::AdamW{}),
         "strategy and sizes change at once, from hybrid to neural-tangent: change one after the other");
  refuse(ww::plan(ww::test::tied_language(small), ww::Hybrid{}, ww::AdamW{}),
         "the target plan has 8 groups where the base plan has 10");
  ww::ModelGroups model = ww::test::vision(large);
  model.groups[0].name = "picture";
  refuse(ww::plan(model, ww::Hybrid{}, ww::AdamW{}),
         "group patch of the base plan stands where picture is looked for");
  model = ww::test::vision(large);
  model.groups[0].coefficient->value = 0;
  refuse(ww::plan(model, ww::Hybrid{}, ww::AdamW{}),
         "the deviation of group patch is zero in one of the two plans alone");
  CHECK_THROWS_WITH(ww::plan(base, here, ww::plan(ww::test::vision(small), ww::Uniform{}, ww::AdamW{}), "WE"),
                    "a plan has no trained group \"WE\" whose learning rate could be kept");
  CHECK_THROWS_WITH(ww::plan(base, {}, base), "what was tuned has 0 groups where the base plan has 10");
}

}  // namespace relative_plans
