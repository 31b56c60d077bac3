// SPDX-License-Identifier: MIT
// Laws that hold for every strategy under every optimizer. A new one needs one line in the lists below.
#include <algorithm>
#include <string>
#include <tuple>

#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using ww::test::rounding;

namespace {

const std::tuple strategies{
    ww::Uniform{},
    ww::NeuralTangent{},
    ww::Hybrid{},
    ww::MaximalUpdate{},
    ww::ScaleFamily{0.3},
    ww::Mup{},
    ww::MeanField{},
    ww::Spectral{},
    ww::Everett{ww::Everett::Form::standard},
    ww::Everett{ww::Everett::Form::ntk, ww::Everett::Alignment::none},
    ww::Everett{ww::Everett::Form::mup},

};

const std::tuple optimizers{
    ww::Sgd{},
    ww::Adam{},
    ww::AdamW{},
    ww::Lion{},
    ww::Adafactor{},
    ww::Muon{},
    ww::Muon{ww::Muon::Factor::jordan},
    ww::Muon{ww::Muon::Factor::moonshot},
    ww::Muon{ww::Muon::Factor::spectral},
};

const ww::test::Sizes sizes{.width = 384, .multiplier = 3, .patch = 192, .outputs = 10, .layers = 3};

constexpr double printed = 1e-11;  // powers are printed to twelve digits

template <class S>
bool takes_tied_heads(const S& strategy) {
  if constexpr (std::is_same_v<S, ww::Spectral> || std::is_same_v<S, ww::Everett>) {
    CHECK_THROWS_WITH(strategy.output_multiplier(ww::test::tied_language(sizes)),
                      std::string(strategy.name()) +
                          " is a rule for heads of their own, but the model's head is its word embedding");
    return false;
  }
  return true;
}

// Calls law(strategy, optimizer, model) for every pair that goes together, on both kinds of model.
template <class Law>
void for_all(const Law& law) {
  const auto pair = [&](const auto& strategy, const auto& optimizer) {
    if constexpr (ww::StrategyFor<std::decay_t<decltype(strategy)>, std::decay_t<decltype(optimizer)>>) {
      CAPTURE(strategy.name(), optimizer.name());
      law(strategy, optimizer, ww::test::vision(sizes));
      if (takes_tied_heads(strategy)) law(strategy, optimizer, ww::test::tied_language(sizes));
    }
  };
  std::apply(
      [&](const auto&... strategy) {
        const auto one = [&](const auto& s) {
          std::apply([&](const auto&... optimizer) { (pair(s, optimizer), ...); }, optimizers);
        };
        (one(strategy), ...);
      },
      strategies);
}

void check_same_numbers(const ww::Hyperparameters& a, const ww::Hyperparameters& b) {
  CHECK(a.init_std == b.init_std);
  CHECK(a.learning_rate_factor == b.learning_rate_factor);
  CHECK(a.weight_decay_factor == b.weight_decay_factor);
}

}  // namespace

TEST_CASE("strategy law: every group is planned, and every parameter counted once") {
  for_all([](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const ww::Plan plan = ww::plan(model, strategy, optimizer);
    std::int64_t expected = 0, planned = 0;
    for (const ww::ParameterGroup& group : model.groups) expected += group.parameters();
    for (const ww::Hyperparameters& group : plan) planned += group.parameters;
    CHECK(plan.parameters == expected);
    CHECK(planned == expected);
    CHECK(plan.strategy == strategy.name());
    CHECK(plan.optimizer == optimizer.name());
    CHECK_FALSE(plan.strategy.empty());
    CHECK_FALSE(plan.optimizer.empty());
  });
}

TEST_CASE("strategy law: numbers are finite, and only what starts at zero has no deviation") {
  for_all([](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const ww::Plan plan = ww::plan(model, strategy, optimizer);
    CHECK((plan.output_multiplier > 0 && std::isfinite(plan.output_multiplier)));
    for (const ww::Hyperparameters& group : plan) {
      CAPTURE(group.name);
      CHECK((std::isfinite(group.init_std) && (group.init_std > 0) == (group.name != "head_bias")));
      CHECK((group.learning_rate_factor > 0 && std::isfinite(group.learning_rate_factor)));
    }
  });
}

TEST_CASE("strategy law: formulas say what the numbers are") {
  const auto numbers = sizes.numbers();
  for_all([&](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const ww::Plan plan = ww::plan(model, strategy, optimizer);
    const auto value = [&](const std::string& formula) {
      return ww::test::Formula::evaluate(formula, numbers);
    };
    CHECK(value(plan.output_multiplier_formula) == Approx(plan.output_multiplier).epsilon(printed));
    for (const ww::Hyperparameters& group : plan) {
      CAPTURE(group.name, group.init_formula, group.learning_rate_formula);
      CHECK(value(group.init_formula) == Approx(group.init_std).epsilon(printed));
      CHECK(value(group.learning_rate_formula) == Approx(group.learning_rate_factor).epsilon(printed));
    }
  });
}

TEST_CASE("strategy law: decay times learning rate is the same for all groups") {
  for_all([](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const bool divided = std::is_same_v<std::decay_t<decltype(optimizer)>, ww::Adam>;  // by the gradient
    for (const ww::Hyperparameters& group : ww::plan(model, strategy, optimizer))
      CHECK(group.learning_rate_factor * group.weight_decay_factor ==
            Approx(divided ? group.gradient_scale : 1).epsilon(rounding));
  });
}

TEST_CASE("strategy law: a group's numbers do not depend on its neighbours") {
  for_all([](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const ww::Plan plan = ww::plan(model, strategy, optimizer);
    ww::ModelGroups reversed = model;
    std::reverse(reversed.groups.begin(), reversed.groups.end());
    const ww::Plan other = ww::plan(reversed, strategy, optimizer);
    CHECK(other.groups.size() == plan.groups.size());
    for (const ww::Hyperparameters& group : plan) {
      check_same_numbers(group, ww::test::line(other, group.name));
      for (const ww::ParameterGroup& alone : model.groups)
        if (alone.name == group.name)
          check_same_numbers(
              group, ww::plan({{alone}, model.width, model.tied_head}, strategy, optimizer).groups[0]);
    }
  });
}

TEST_CASE("strategy law: the coefficients scale deviations and rates, and nothing else") {
  for_all([](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    ww::ModelGroups changed = model;
    for (ww::ParameterGroup& group : changed.groups) {
      if (group.coefficient) group.coefficient->value *= 4;
      group.learning_rate = 8;
    }
    const ww::Plan before = ww::plan(model, strategy, optimizer),
                   after = ww::plan(changed, strategy, optimizer);
    CHECK(after.output_multiplier == before.output_multiplier);
    for (std::size_t i = 0; i < before.groups.size(); ++i) {
      CHECK(after.groups[i].init_std == Approx(2 * before.groups[i].init_std).epsilon(rounding));
      CHECK(after.groups[i].learning_rate_factor ==
            Approx(8 * before.groups[i].learning_rate_factor).epsilon(rounding));
    }
  });
}

TEST_CASE("strategy law: ignoring the MLP multiplier is planning at M = 1, but for the initialization") {
  const ww::PlanOptions ignore{.ignore_mlp_multiplier = true};
  ww::test::Sizes narrow = sizes;
  narrow.multiplier = 1;
  for_all([&](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const ww::Plan plan = ww::plan(model, strategy, optimizer),
                   ignoring = ww::plan(model, strategy, optimizer, ignore);
    const ww::Plan at_one = ww::plan(
        model.tied_head ? ww::test::tied_language(narrow) : ww::test::vision(narrow), strategy, optimizer);
    for (std::size_t i = 0; i < plan.groups.size(); ++i) {
      CHECK(ignoring.groups[i].init_std == plan.groups[i].init_std);
      CHECK(ignoring.groups[i].learning_rate_factor ==
            Approx(at_one.groups[i].learning_rate_factor).epsilon(rounding));
    }
  });
}

TEST_CASE("strategy law: numbers are powers of the width") {
  // Equal ratios from n to 2n and from 2n to 4n.
  for_all([](const auto& strategy, const auto& optimizer, const ww::ModelGroups& model) {
    const auto at = [&](std::int64_t factor) {
      ww::test::Sizes z = sizes;
      z.width *= factor;
      return ww::plan(model.tied_head ? ww::test::tied_language(z) : ww::test::vision(z), strategy,
                      optimizer);
    };
    const ww::Plan once = at(1), twice = at(2), four_times = at(4);
    for (std::size_t i = 0; i < once.groups.size(); ++i) {
      const auto &a = once.groups[i], &b = twice.groups[i], &c = four_times.groups[i];
      CHECK(b.init_std * b.init_std == Approx(a.init_std * c.init_std).epsilon(rounding));
      CHECK(b.learning_rate_factor * b.learning_rate_factor ==
            Approx(a.learning_rate_factor * c.learning_rate_factor).epsilon(rounding));
    }
  });
}

TEST_CASE("optimizer law: a larger gradient never asks for a larger learning rate") {
  const ww::Monomial n{"n", 384}, larger{"n_patch", 588};
  std::apply(
      [&](const auto&... optimizer) {
        const auto check = [&](const auto& o) {
          CAPTURE(o.name());
          const ww::ParameterGroup group{.name = "Q", .shape = {384, 384}, .order = n, .active = n * n};
          ww::ParameterGroup steeper = group;
          steeper.order = n * larger;
          CHECK(o.learning_rate(steeper).value() <= o.learning_rate(group).value());
        };
        (check(optimizer), ...);
      },
      optimizers);
}
