// SPDX-License-Identifier: MIT
#include "widthwise/scaling/optimizer.hpp"

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
