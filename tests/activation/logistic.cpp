// SPDX-License-Identifier: MIT
#include "widthwise/activation/logistic.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using widthwise::detail::logistic;

TEMPLATE_TEST_CASE("the logistic function keeps its digits in both tails", "[activation]", float, double,
                   long double) {
  const TestType rounding = 4 * std::numeric_limits<TestType>::epsilon();
  CHECK(logistic(TestType(0)) == TestType(0.5));
  CHECK(std::abs(logistic(TestType(-60)) / std::exp(TestType(-60)) - 1) < rounding);
  CHECK(logistic(TestType(60)) == 1);
  CHECK(logistic(-std::numeric_limits<TestType>::max()) == 0);
  for (const TestType x : {TestType(0.3), TestType(-2), TestType(7)})
    CHECK(std::abs(logistic(x) + logistic(-x) - 1) < rounding);
}
