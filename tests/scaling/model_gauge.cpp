// SPDX-License-Identifier: MIT
#include "widthwise/scaling/model_gauge.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using ww::DecayConvention;
using ww::Gauge;
using ww::test::rounding;

namespace {

template <class O>
ww::TunedModel tuned(DecayConvention decay) {
  ww::ModelGroups model = ww::test::vision({.width = 256, .layers = 2});
  model.groups[1].learning_rate = 0;
  return ww::apply(ww::plan(model, ww::Hybrid{}, O{}),
                   {.learning_rate = 0.3, .weight_decay = 0.01, .epsilon = 1e-8}, decay);
}

// What the product of multiplier and parameter does, of which nothing may change. Written down for SGD, whose
// steps of the product are A² lr g, and for Adam, whose are A lr g/(|g| + ε/A), g the product's gradient.
template <class O>
void check_same_training(const ww::TunedModel& a, const ww::TunedModel& b) {
  CHECK(a.learning_rate == b.learning_rate);
  CHECK(a.output_multiplier == b.output_multiplier);
  REQUIRE(a.groups.size() == b.groups.size());
  const auto same = [](double x, double y) {
    CHECK(x == Approx(y).epsilon(rounding));
  };
  for (std::size_t i = 0; i < a.groups.size(); ++i) {
    CAPTURE(a.groups[i].name);
    const ww::GaugedTensor &x = a.groups[i].settings, &y = b.groups[i].settings;
    same(x.multiplier * x.init_std, y.multiplier * y.init_std);
    const double power = std::is_same_v<O, ww::Sgd> ? 2 : 1;
    same(std::pow(x.multiplier, power) * x.learning_rate, std::pow(y.multiplier, power) * y.learning_rate);
    same(x.epsilon / x.multiplier, y.epsilon / y.multiplier);
    if (a.decay == DecayConvention::coupled)
      same(x.learning_rate * x.weight_decay, y.learning_rate * y.weight_decay);
    else
      CHECK(x.weight_decay == y.weight_decay);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a whole plan in another gauge trains alike", "", ww::Sgd, ww::AdamW) {
  for (const auto decay : {DecayConvention::global, DecayConvention::coupled, DecayConvention::independent}) {
    const ww::TunedModel plain = tuned<TestType>(decay);
    const ww::TunedModel unit_variance = ww::regauge(plain, TestType{}, Gauge::unit_variance),
                         unit_rate = ww::regauge(unit_variance, TestType{}, Gauge::unit_rate),
                         back = ww::regauge(unit_rate, TestType{}, Gauge::no_multipliers);
    check_same_training<TestType>(plain, unit_variance);
    check_same_training<TestType>(plain, unit_rate);
    check_same_training<TestType>(plain, back);
    for (std::size_t i = 0; i < plain.groups.size(); ++i) {
      CAPTURE(plain.groups[i].name);
      const ww::GaugedTensor& settings = plain.groups[i].settings;
      CHECK(unit_variance.groups[i].settings.init_std == Approx(settings.init_std > 0 ? 1 : 0));
      CHECK(unit_rate.groups[i].settings.learning_rate == Approx(settings.learning_rate > 0 ? 0.3 : 0));
      CHECK(back.groups[i].settings.multiplier == Approx(1).epsilon(rounding));
      CHECK(back.groups[i].settings.learning_rate == Approx(settings.learning_rate).epsilon(rounding));
    }
  }
}

// Everett et al. (2407.05872): in NTK parameterization the multiplier of a hidden matrix is n^{−1/2} and, at
// the effective rate n^{−1} of μP under Adam, its own rate n^{−1/2}.
TEST_CASE("maximal-update scaling at unit variance has Everett et al.'s exponents") {
  const auto query = [](std::int64_t width) {
    const ww::ModelGroups model = ww::test::vision({.width = width, .layers = 1});
    return ww::regauge(ww::apply(ww::plan(model, ww::MaximalUpdate{}, ww::AdamW{}), {.learning_rate = 1}),
                       ww::AdamW{}, Gauge::unit_variance)
        .groups[2]
        .settings;
  };
  CHECK(query(1024).multiplier / query(256).multiplier == Approx(0.5));
  CHECK(query(1024).learning_rate / query(256).learning_rate == Approx(0.5));
}

TEST_CASE("a multiplier that is not positive is refused") {
  ww::TunedModel model = tuned<ww::Sgd>(DecayConvention::coupled);
  model.groups[0].settings.multiplier = 0;
  CHECK_THROWS_WITH(ww::regauge(model, ww::Sgd{}, Gauge::no_multipliers),
                    "the multiplier of group patch must be positive, but is 0");
}
