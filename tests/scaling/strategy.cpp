// SPDX-License-Identifier: MIT
#include "widthwise/scaling/strategy.hpp"

#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;

namespace {

struct WithoutRates {
  std::string_view name() const { return "without rates"; }
  std::optional<double> s() const { return {}; }
  ww::Monomial fan_in(const ww::ParameterGroup& group, const ww::ModelGroups&) const { return group.fan_in; }
  ww::Monomial output_multiplier(const ww::ModelGroups&) const { return {}; }
};

struct AdamOnly : WithoutRates {
  ww::Monomial learning_rate(const ww::ParameterGroup&, const ww::ModelGroups&, ww::AdamW) const {
    return {};
  }
};

struct MultiplierAsNumber : ww::Uniform {
  double output_multiplier(const ww::ModelGroups&) const { return 1; }
};

}  // namespace

static_assert(ww::Strategy<ww::Uniform>);
static_assert(ww::Strategy<ww::ScaleFamily>);
static_assert(ww::Strategy<ww::NeuralTangent>);
static_assert(ww::Strategy<ww::Hybrid>);
static_assert(ww::Strategy<ww::MaximalUpdate>);
static_assert(ww::Strategy<WithoutRates>);
static_assert(!ww::Strategy<ww::AdamW>);
static_assert(!ww::Strategy<ww::distribution::Uniform>);
static_assert(!ww::Strategy<MultiplierAsNumber>);
static_assert(!ww::Strategy<double>);

static_assert(ww::StrategyFor<ww::Hybrid, ww::Sgd>);
static_assert(ww::StrategyFor<ww::Uniform, ww::AdamW>);
static_assert(!ww::StrategyFor<WithoutRates, ww::Sgd>);
static_assert(ww::StrategyFor<AdamOnly, ww::AdamW>);
static_assert(!ww::StrategyFor<AdamOnly, ww::Sgd>);
static_assert(!ww::StrategyFor<ww::Sgd, ww::Hybrid>);

// The family is usable in constant expressions.
static_assert(ww::NeuralTangent{}.s() == 0 && ww::Hybrid{}.s() == 0.5 && ww::MaximalUpdate{}.s() == 1);
static_assert(!ww::Uniform{}.s());

TEST_CASE("members of the scale family go by their names") {
  CHECK(ww::Uniform{}.name() == "uniform");
  CHECK(ww::NeuralTangent{}.name() == "neural-tangent");
  CHECK(ww::Hybrid{}.name() == "hybrid");
  CHECK(ww::MaximalUpdate{}.name() == "maximal-update");
  CHECK(ww::ScaleFamily{0.5}.name() == "hybrid");
  CHECK(ww::ScaleFamily{0.3}.name() == "scale-family");
}

TEST_CASE("s outside [0, 1] is refused") {
  for (const double bad :
       {-0.1, 1.0001, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(ww::ScaleFamily(bad), std::invalid_argument);
  CHECK_THROWS_WITH(ww::ScaleFamily(-0.1), "s must lie in [0, 1], but is -0.1");
}

TEST_CASE("the scale family moves a power n^s between the head and its learning rates") {
  const ww::test::Sizes sizes;
  const ww::ModelGroups vision = ww::test::vision(sizes), language = ww::test::tied_language(sizes);
  const ww::ParameterGroup head = ww::test::head_weight(sizes),
                           query = ww::test::attention_matrix(sizes, "Q", 1, 2);
  for (const double s : {0.0, 0.3, 0.5, 1.0}) {
    CAPTURE(s);
    const ww::ScaleFamily family(s);
    CHECK(family.fan_in(head, vision).power("n") == 1 + s);
    CHECK(family.fan_in(query, vision).power("n") == 1);
    CHECK(family.output_multiplier(vision) == ww::Monomial{});
    CHECK(family.output_multiplier(language).power("n") == -(1 + s) / 2);

    CHECK(family.learning_rate(head, vision, ww::Sgd{}).power("n") == -1);
    CHECK(family.learning_rate(query, vision, ww::Sgd{}).power("n") == Approx(s - 1).margin(1e-15));
    CHECK(family.learning_rate(query, vision, ww::AdamW{}).power("n") == Approx(s / 2 - 1.5).margin(1e-15));
  }
}
