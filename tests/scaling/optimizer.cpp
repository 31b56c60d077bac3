// SPDX-License-Identifier: MIT
#include "widthwise/scaling/optimizer.hpp"

#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;

namespace {

struct Nameless {
  ww::Monomial learning_rate(const ww::ParameterGroup&) const { return {}; }
};

struct RateAsNumber {
  std::string name() const { return "number"; }
  double learning_rate(const ww::ParameterGroup&) const { return 1; }
};

}  // namespace

static_assert(ww::Optimizer<ww::Sgd>);
static_assert(ww::Optimizer<ww::AdamW>);
static_assert(ww::GaugedOptimizer<ww::Adam> && ww::GaugedOptimizer<ww::Lion>);
static_assert(ww::GaugedOptimizer<ww::Adafactor> && ww::EntrywiseOptimizer<ww::Adafactor>);
static_assert(ww::EntrywiseOptimizer<ww::Lion> && !ww::EntrywiseOptimizer<ww::Sgd>);
static_assert(!ww::Optimizer<ww::Uniform>);
static_assert(!ww::Optimizer<ww::NeuralTangent>);
static_assert(!ww::Optimizer<Nameless>);
static_assert(!ww::Optimizer<RateAsNumber>);
static_assert(!ww::Optimizer<int>);

TEST_CASE("learning rates follow from order and active parameters alone") {
  const ww::Monomial n{"n", 768}, M{"M", 4};
  const ww::ParameterGroup group{.name = "X", .order = M * n, .active = M * n * n};
  CHECK(ww::Sgd::learning_rate(group) == ww::Monomial{} / (M * n));
  CHECK(ww::AdamW::learning_rate(group) == pow(n, -1.5) / M);
}

TEST_CASE("Lion and Adam learn at AdamW's rates") {
  const ww::ModelGroups model = ww::test::vision();
  for (const double s : {0.0, 0.5, 1.0}) {
    const ww::ScaleFamily family(s);
    const ww::Plan adamw = ww::plan(model, family, ww::AdamW{}), adam = ww::plan(model, family, ww::Adam{}),
                   lion = ww::plan(model, family, ww::Lion{});
    for (std::size_t i = 0; i < adamw.groups.size(); ++i) {
      CHECK(lion.groups[i].learning_rate_factor == adamw.groups[i].learning_rate_factor);
      CHECK(adam.groups[i].learning_rate_factor == adamw.groups[i].learning_rate_factor);
      CHECK(lion.groups[i].weight_decay_factor == adamw.groups[i].weight_decay_factor);
    }
    // Decay inside Adam's quotient: lr wd/|g| is what shrinks, |g| = n^{−(1+s)/2} off the head.
    const ww::Hyperparameters query = ww::test::line(adam, "Q");
    CHECK(query.learning_rate_factor * query.weight_decay_factor / std::pow(768, -(1 + s) / 2) == Approx(1));
  }
}

// 2407.05872, table 1: Adafactor's exponents at full alignment are Adam's less those of the deviation; μP's
// effective deviations are 1, n^{−1/2}, n^{−1} and Adam's rates 1, n^{−1}, n^{−1}.
TEST_CASE("Adafactor's rates are AdamW's over the deviation") {
  const auto slope = [](const std::string& name) {
    const auto rate = [&](std::int64_t width) {
      const ww::ModelGroups model = ww::test::vision({.width = width});
      return ww::test::line(ww::plan(model, ww::MaximalUpdate{}, ww::Adafactor{}), name).learning_rate_factor;
    };
    return std::log2(rate(1024) / rate(512));
  };
  CHECK(slope("PE") == Approx(0).margin(1e-12));
  CHECK(slope("Q") == Approx(-0.5));
  CHECK(slope("head") == Approx(0).margin(1e-12));
  CHECK(slope("head_bias") == Approx(0).margin(1e-12));  // starts at zero, where ε₂ is the size
}
