// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/gaussian_rule.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace widthwise;

TEMPLATE_TEST_CASE("the composite rule has the moments of a standard normal variable", "[gaussian]", float,
                   double, long double) {
  const auto rule = gaussian_rule<TestType>({14, TestType(0.3), -14, -5}, 2);
  const auto powers = [&](int power) {
    return rule.node.unaryExpr([=](TestType z) { return std::pow(z, static_cast<TestType>(power)); });
  };
  TestType moment = 1;
  for (int power = 0; power <= 10; power += 2) {
    INFO("power " << power);
    CHECK(std::abs((rule.weight * powers(power)).sum() / moment - 1) <
          32 * std::numeric_limits<TestType>::epsilon());
    CHECK(std::abs((rule.weight * powers(power + 1)).sum() / moment) <
          32 * std::numeric_limits<TestType>::epsilon());
    moment *= static_cast<TestType>(power + 1);
  }
}

TEST_CASE("panels end at the edges and are no wider than asked", "[gaussian]") {
  CHECK(gaussian_rule<double>({-1, 0, 1}, 2).node.size() == 60);
  CHECK(gaussian_rule<double>({-1, 0, 0, 1.5}, 0.5).node.size() == 150);
  const auto rule = gaussian_rule<double>({-12, 0.7, 12}, 2);
  const double above = rule.weight.sum() - (rule.node < 0.7).select(rule.weight, 0).sum();
  CHECK(above == Approx(std::erfc(0.7 / std::sqrt(2.0)) / 2).epsilon(1e-14));
}
