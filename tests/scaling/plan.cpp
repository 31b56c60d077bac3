// SPDX-License-Identifier: MIT
#include "widthwise/scaling/plan.hpp"

#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using ww::test::Formula;
using ww::test::line;
using ww::test::rounding;

namespace {

// Theory §5, written down by hand: initialization at s = 0, λ under SGD and λ̃ under AdamW, and whether the
// scale family multiplies them by n^s and n^(s/2).
struct Row {
  std::string name, variance, sgd, adamw;
  bool head;
};
const std::vector<Row> table{
    {"patch", "C_patch/n_patch", "1/n_patch", "1/(n_patch sqrt(n))", false},
    {"WE", "C_WE", "1", "1/sqrt(n)", false},
    {"PE", "C_PE", "1", "1/sqrt(n)", false},
    {"cls", "C_cls", "1", "1/sqrt(n)", false},
    {"Q", "C_Q/n", "1/n", "1/(n sqrt(n))", false},
    {"K", "C_K/n", "1/n", "1/(n sqrt(n))", false},
    {"V", "C_V/n", "1/n", "1/(n sqrt(n))", false},
    {"U", "C_U/n", "1/n", "1/(n sqrt(n))", false},
    {"W", "C_W/n", "1/n", "1/(n sqrt(M n))", false},
    {"X", "C_X/(M n)", "1/(M n)", "1/(M n sqrt(n))", false},
    {"head", "C_head/n", "1/n", "1/(n sqrt(n_out))", true},
    {"head_bias", "0", "1", "1/sqrt(n_out)", true},
};

const ww::test::Sizes of_every_group{.width = 640, .multiplier = 3, .patch = 588, .outputs = 10};

ww::ModelGroups every_group() {
  ww::ModelGroups model = ww::test::vision(of_every_group);
  model.groups.push_back(ww::test::word_embedding(of_every_group));
  model.groups.push_back(ww::test::class_token(of_every_group));
  return model;
}

// Powers are printed to twelve digits.
constexpr double printed = 1e-11;
}  // namespace

TEST_CASE("the table of theory section 5 follows from the groups at s = 0, to the letter") {
  const ww::Plan sgd = ww::plan(every_group(), ww::NeuralTangent{}, ww::Sgd{});
  const ww::Plan adamw = ww::plan(every_group(), ww::NeuralTangent{}, ww::AdamW{});
  CHECK(sgd.groups.size() == table.size());
  for (const Row& row : table) {
    CAPTURE(row.name);
    CHECK(line(sgd, row.name).learning_rate_formula == row.sgd);
    CHECK(line(adamw, row.name).learning_rate_formula == row.adamw);
    CHECK(line(adamw, row.name).init_formula == (row.variance == "0" ? "0" : "sqrt(" + row.variance + ")"));
  }
}

TEST_CASE("the table of theory section 5 follows from the groups at every s, in numbers") {
  const auto numbers = of_every_group.numbers();
  const double n = static_cast<double>(of_every_group.width);
  for (const double s : {0.0, 0.3, 0.5, 1.0}) {
    CAPTURE(s);
    const ww::Plan sgd = ww::plan(every_group(), ww::ScaleFamily{s}, ww::Sgd{});
    const ww::Plan adamw = ww::plan(every_group(), ww::ScaleFamily{s}, ww::AdamW{});
    CHECK(adamw.s == s);
    for (const Row& row : table) {
      CAPTURE(row.name);
      const double lambda = Formula::evaluate(row.sgd, numbers) * (row.head ? 1 : std::pow(n, s));
      const double lambda_tilde = Formula::evaluate(row.adamw, numbers) * (row.head ? 1 : std::pow(n, s / 2));
      const double variance =
          row.variance == "0" ? 0
                              : Formula::evaluate(row.variance, numbers) * (row.head ? std::pow(n, -s) : 1);
      CHECK(line(sgd, row.name).learning_rate_factor == Approx(lambda).epsilon(rounding));
      CHECK(line(adamw, row.name).learning_rate_factor == Approx(lambda_tilde).epsilon(rounding));
      CHECK(line(sgd, row.name).init_std == Approx(std::sqrt(variance)).epsilon(rounding));
      // What is printed is what is computed.
      CHECK(Formula::evaluate(line(sgd, row.name).learning_rate_formula, numbers) ==
            Approx(lambda).epsilon(printed));
      CHECK(Formula::evaluate(line(adamw, row.name).learning_rate_formula, numbers) ==
            Approx(lambda_tilde).epsilon(printed));
      if (variance > 0)
        CHECK(Formula::evaluate(line(sgd, row.name).init_formula, numbers) ==
              Approx(std::sqrt(variance)).epsilon(printed));
    }
  }
}

TEST_CASE("formulas at other s are printed in the field's way") {
  const auto formulas = [](double s, const std::string& name) {
    const auto group = line(ww::plan(every_group(), ww::ScaleFamily{s}, ww::AdamW{}), name);
    return group.init_formula + ", " + group.learning_rate_formula;
  };
  CHECK(formulas(0.5, "head") == "sqrt(C_head/n^1.5), 1/(n sqrt(n_out))");
  CHECK(formulas(1, "head") == "sqrt(C_head/n^2), 1/(n sqrt(n_out))");
  CHECK(formulas(0.3, "head") == "sqrt(C_head/n^1.3), 1/(n sqrt(n_out))");
  CHECK(formulas(1, "Q") == "sqrt(C_Q/n), 1/n");
  CHECK(formulas(1, "W") == "sqrt(C_W/n), 1/(n sqrt(M))");
  CHECK(formulas(1, "X") == "sqrt(C_X/(M n)), 1/(M n)");
  CHECK(formulas(1, "PE") == "sqrt(C_PE), 1");
  CHECK(formulas(0.5, "Q") == "sqrt(C_Q/n), 1/n^1.25");
  CHECK(formulas(0.3, "X") == "sqrt(C_X/(M n)), 1/(M n^1.35)");
  CHECK(formulas(0.3, "patch") == "sqrt(C_patch/n_patch), 1/(n^0.35 n_patch)");
  const ww::Plan sgd = ww::plan(every_group(), ww::ScaleFamily{0.3}, ww::Sgd{});
  CHECK(line(sgd, "patch").learning_rate_formula == "n^0.3/n_patch");
  CHECK(line(sgd, "PE").learning_rate_formula == "n^0.3");
}

TEST_CASE("the plan of ViT-B/16 has the printed numbers") {
  const ww::Plan plan = ww::plan(ww::test::vision(), ww::NeuralTangent{}, ww::AdamW{});
  CHECK(plan.parameters == 86444008);
  CHECK(plan.strategy == "neural-tangent");
  CHECK(plan.s == 0);
  CHECK(plan.optimizer == "adamw");
  CHECK(plan.output_multiplier == 1);
  CHECK(plan.output_multiplier_formula == "1");

  const ww::Hyperparameters patch = line(plan, "patch");
  CHECK(patch.symbol == "W_patch");
  CHECK(patch.shape == std::vector<std::int64_t>{768, 768});
  CHECK(patch.copies == 1);
  CHECK(patch.parameters == 589824);
  CHECK(patch.init_std == Approx(0.03608439182435161).epsilon(rounding));
  CHECK(patch.init_formula == "sqrt(C_patch/n_patch)");
  CHECK(patch.learning_rate_factor == Approx(4.698488515e-05).epsilon(1e-9));
  CHECK(patch.learning_rate_formula == "1/(n_patch sqrt(n))");

  CHECK(line(plan, "PE").init_std == Approx(0.02).epsilon(rounding));
  CHECK(line(plan, "head_bias").init_std == 0);
  CHECK(line(plan, "X").parameters == 12 * 4 * 768 * 768);
}

TEST_CASE("uniform scaling has one learning rate and fan-in initialization") {
  const ww::Plan plan = ww::plan(every_group(), ww::Uniform{}, ww::AdamW{});
  CHECK_FALSE(plan.s);
  for (const ww::Hyperparameters& group : plan) {
    CHECK(group.learning_rate_factor == 1);
    CHECK(group.learning_rate_formula == "1");
    CHECK(group.weight_decay_factor == 1);
  }
  CHECK(line(plan, "head").init_formula == "sqrt(C_head/n)");
  CHECK(ww::plan(ww::test::tied_language(), ww::Uniform{}, ww::Sgd{}).output_multiplier == 1);
}

// Theory §7: one deviation of 0.02 in every tensor of BART-large, and of R2C2 at width 2048.
TEST_CASE("a common deviation is a choice of coefficients") {
  for (const auto& [width, attention, output] :
       {std::tuple{1024, 0.4096, 1.6384}, std::tuple{2048, 0.8192, 3.2768}}) {
    const ww::test::Sizes z{.width = width};
    ww::ModelGroups model = ww::test::tied_language(z);
    for (ww::ParameterGroup& group : model.groups)
      group.coefficient->value = group.name == "X"                ? output
                                 : group.fan_in == ww::Monomial{} ? 0.0004
                                                                  : attention;
    for (const ww::Hyperparameters& group : ww::plan(model, ww::Uniform{}, ww::AdamW{}))
      CHECK(group.init_std == Approx(0.02).epsilon(rounding));
  }
}

TEST_CASE("a tied head is rescaled by N_rescale") {
  const ww::ModelGroups model = ww::test::tied_language({.width = 1024});
  const auto multiplier = [&](double s) {
    return ww::plan(model, ww::ScaleFamily{s}, ww::AdamW{});
  };
  CHECK(multiplier(0).output_multiplier == 1.0 / 32);
  CHECK(multiplier(0).output_multiplier_formula == "1/sqrt(n)");
  CHECK(multiplier(0.5).output_multiplier == Approx(std::pow(1024, -0.75)).epsilon(rounding));
  CHECK(multiplier(0.5).output_multiplier_formula == "1/n^0.75");
  CHECK(multiplier(1).output_multiplier == 1.0 / 1024);
  CHECK(multiplier(1).output_multiplier_formula == "1/n");
}

TEST_CASE("the MLP multiplier can be left out of learning rates") {
  const ww::PlanOptions ignore{.ignore_mlp_multiplier = true};
  const ww::Plan with = ww::plan(every_group(), ww::NeuralTangent{}, ww::AdamW{});
  const ww::Plan without = ww::plan(every_group(), ww::NeuralTangent{}, ww::AdamW{}, ignore);
  CHECK(line(without, "W").learning_rate_formula == "1/(n sqrt(n))");
  CHECK(line(without, "X").learning_rate_formula == "1/(n sqrt(n))");
  CHECK(line(without, "X").learning_rate_factor == Approx(3 * line(with, "X").learning_rate_factor));
  CHECK(line(ww::plan(every_group(), ww::Hybrid{}, ww::Sgd{}, ignore), "X").learning_rate_formula ==
        "1/sqrt(n)");
  for (std::size_t i = 0; i < with.groups.size(); ++i) {
    CHECK(with.groups[i].init_std == without.groups[i].init_std);
    CHECK(with.groups[i].init_formula == without.groups[i].init_formula);
  }
}

// Theory §5 and §7: (lr, wd) → (n^{3/2} lr, n^{−3/2} wd), BART's 32.768 and R2C2's (64.88 after
// rounding, 1.08e-7).
TEST_CASE("a tuned pair moves from uniform to neural-tangent scaling") {
  const auto check = [](std::int64_t width, double rate, double decay) {
    const ww::ModelGroups model = ww::test::tied_language({.width = width});
    const ww::PlanOptions ignore{.ignore_mlp_multiplier = true};
    const auto uniform = line(ww::plan(model, ww::Uniform{}, ww::AdamW{}, ignore), "Q");
    const auto tangent = line(ww::plan(model, ww::NeuralTangent{}, ww::AdamW{}, ignore), "Q");
    // The same rate and shrinkage of the hidden matrices under both.
    const double new_rate = rate * uniform.learning_rate_factor / tangent.learning_rate_factor;
    const double new_decay = decay * rate / new_rate;
    const double n = static_cast<double>(width);
    CHECK(new_rate == Approx(n * std::sqrt(n) * rate).epsilon(rounding));
    CHECK(new_decay == Approx(decay / (n * std::sqrt(n))).epsilon(rounding));
    const double shrinkage =
        new_rate * tangent.learning_rate_factor * new_decay * tangent.weight_decay_factor;
    CHECK(shrinkage == Approx(rate * decay).epsilon(rounding));
    return std::pair{new_rate, new_decay};
  };
  CHECK(check(1024, 1e-3, 0.01).first == Approx(32.768).epsilon(rounding));
  CHECK(check(2048, 7e-4, 0.01).first == Approx(64.88).epsilon(1e-3));
  CHECK(check(2048, 7e-4, 0.01).second == Approx(1.08e-7).epsilon(5e-3));
}

TEST_CASE("groups that differ in nothing but their block share a line") {
  const ww::Plan plan = ww::plan(ww::test::vision(), ww::NeuralTangent{}, ww::AdamW{});
  std::vector<std::string> names;
  for (const ww::Hyperparameters& group : plan) names.push_back(group.name);
  CHECK(names == std::vector<std::string>{"patch", "PE", "Q", "K", "V", "U", "W", "X", "head", "head_bias"});
  CHECK(line(plan, "Q").copies == 12);
  CHECK(line(plan, "Q").blocks == std::vector<int>{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24});
  CHECK(line(plan, "patch").blocks.empty());
}

TEST_CASE("groups of one name that differ keep lines of their own") {
  ww::ModelGroups model = ww::test::vision();
  for (ww::ParameterGroup& group : model.groups)
    if (group.name == "Q" && group.blocks.front() > 12) group.coefficient->value = 0.125;
  const ww::Plan plan = ww::plan(model, ww::NeuralTangent{}, ww::AdamW{});
  std::vector<ww::Hyperparameters> queries;
  for (const ww::Hyperparameters& group : plan)
    if (group.name == "Q") queries.push_back(group);
  REQUIRE(queries.size() == 2);
  CHECK(queries[0].copies == 6);
  CHECK(queries[0].blocks == std::vector<int>{2, 4, 6, 8, 10, 12});
  CHECK(queries[1].blocks == std::vector<int>{14, 16, 18, 20, 22, 24});
  CHECK(queries[0].init_std == Approx(2 * queries[1].init_std).epsilon(rounding));
  CHECK(plan.parameters == 86444008);
}

TEST_CASE("the order-one coefficient of a learning rate is part of the factor and of the formula") {
  ww::ModelGroups model = ww::test::vision();
  model.groups.front().learning_rate = 2.5;
  const ww::Hyperparameters patch = line(ww::plan(model, ww::NeuralTangent{}, ww::AdamW{}), "patch");
  CHECK(patch.learning_rate_factor == Approx(2.5 / (768 * std::sqrt(768.0))).epsilon(rounding));
  CHECK(patch.learning_rate_formula == "Lambda_patch/(n_patch sqrt(n))");
  CHECK(patch.weight_decay_factor == Approx(768 * std::sqrt(768.0) / 2.5).epsilon(rounding));

  model.groups.front().learning_rate = 0;
  const ww::Hyperparameters frozen = line(ww::plan(model, ww::NeuralTangent{}, ww::AdamW{}), "patch");
  CHECK(frozen.learning_rate_factor == 0);
  CHECK(frozen.learning_rate_formula == "0");
  CHECK(frozen.weight_decay_factor == 0);
}

TEST_CASE("a coefficient of zero starts a group at zero and leaves its learning rate") {
  ww::ModelGroups model = ww::test::vision();
  const auto rate = ww::plan(model, ww::Hybrid{}, ww::AdamW{}).groups[2].learning_rate_factor;
  model.groups[2].coefficient->value = 0;
  const auto query = ww::plan(model, ww::Hybrid{}, ww::AdamW{}).groups[2];
  CHECK(query.init_std == 0);
  CHECK(query.init_formula == "0");
  CHECK(query.learning_rate_factor == rate);
}

TEST_CASE("a plan that makes no sense is refused in one sentence") {
  const auto refuse = [](auto change, const std::string& message) {
    ww::ModelGroups model = ww::test::vision();
    change(model);
    CHECK_THROWS_WITH(ww::plan(model, ww::Hybrid{}, ww::AdamW{}), message);
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refuse([](auto& model) { model.groups[2].coefficient->value = -0.5; },
         "C_Q of group Q must be a number that is not negative, but is -0.5");
  refuse([&](auto& model) { model.groups[0].coefficient->value = nan; },
         "C_patch of group patch must be a number that is not negative, but is nan");
  refuse([](auto& model) { model.groups[0].learning_rate = -1; },
         "the learning-rate coefficient of group patch must be a number that is not negative, but is -1");
  refuse([&](auto& model) { model.groups[0].learning_rate = nan; },
         "the learning-rate coefficient of group patch must be a number that is not negative, but is nan");
  refuse(
      [](auto& model) {
        model.groups[3].shape = {768, 0};
      },
      "a size of group K must be positive, but is 0");
  refuse([](auto& model) { model.width = {}; }, "the width of the model is missing from its groups");
  refuse([](auto& model) { model.width = {"n", 1024}; }, "n cannot be both 1024 and 768 in one product");
  refuse(
      [](auto& model) {
        for (auto& group : model.groups) group.shape = {std::int64_t{1} << 31, std::int64_t{1} << 31};
      },
      "the model has more parameters than a 64-bit integer holds");
}
