// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/legendre_rule.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

template <class Scalar>
Eigen::Array<Scalar, Eigen::Dynamic, 1> powers(int power) {
  return legendre_rule<Scalar>().node.unaryExpr(
      [=](Scalar x) { return std::pow(x, static_cast<Scalar>(power)); });
}

}  // namespace

TEMPLATE_TEST_CASE("the rule integrates powers up to 59", "[gaussian]", float, double, long double) {
  const auto& rule = legendre_rule<TestType>();
  for (int power = 0; power < 60; ++power) {
    const TestType exact = power % 2 ? TestType(0) : TestType(2) / static_cast<TestType>(power + 1);
    INFO("power " << power);
    CHECK(std::abs((rule.weight * powers<TestType>(power)).sum() - exact) <
          16 * std::numeric_limits<TestType>::epsilon());
  }
}

TEST_CASE("the tail is zero for what 26 coefficients hold, and only for that", "[gaussian]") {
  const auto& rule = legendre_rule<double>();
  const auto tail = [&](const Eigen::ArrayXd& samples) {
    return (rule.tail * samples.matrix()).cwiseAbs().maxCoeff();
  };
  const auto wave = [&](double number) {
    return rule.node.unaryExpr([=](double x) { return std::sin(number * x); }).eval();
  };
  CHECK(tail(powers<double>(25)) < 1e-14);
  CHECK(tail(wave(3)) < 1e-14);
  CHECK(tail(rule.node.abs()) > 1e-3);
  CHECK(tail(wave(40)) > 1e-2);
  CHECK(tail(rule.node.unaryExpr([](double x) { return std::legendre(29, x); })) == Approx(1).epsilon(1e-13));
}
