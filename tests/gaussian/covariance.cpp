// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/covariance.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("the determinant keeps its digits next to singularity", "[gaussian]") {
  const double tiny = std::ldexp(1.0, -50);  // (1 + t)(1 + t) − (1 + t/2)² = t + 3t²/4, exactly
  CHECK(determinant(Covariance2<double>{1 + tiny, 1 + tiny, 1 + tiny / 2}) == Approx(tiny).epsilon(1e-14));
  CHECK(determinant(Covariance2<double>{0.3, 0.3, 0.3}) == 0);
  CHECK(determinant(Covariance2<double>{0.3, 1.2, -0.6}) == 0);
  CHECK(determinant(Covariance2<double>{1, 1, 1 + 1e-12}) == 0);
}

TEMPLATE_TEST_CASE("rounding may push K12 over the edge, and is brought back", "[gaussian]", float, double,
                   long double) {
  const TestType over = 1 + std::sqrt(std::numeric_limits<TestType>::epsilon());
  for (const TestType variance : {TestType(1e-6), TestType(0.3), TestType(1), TestType(777)}) {
    for (const TestType sign : {TestType(1), TestType(-1)}) {
      const auto equal = admissible(Covariance2<TestType>{variance, variance, sign * variance * over});
      CHECK(equal.cross == sign * variance);
      const auto unequal = admissible(
          Covariance2<TestType>{variance, 3 * variance, sign * std::sqrt(TestType(3)) * variance * over});
      const auto pair = correlation(unequal);
      CHECK(pair.sine == 0);
      CHECK(pair.cosine == sign);
    }
  }
  const auto kept = admissible(Covariance2<TestType>{2, 3, 1});
  CHECK(kept.cross == 1);
}

TEST_CASE("a vanishing variance has no correlation", "[gaussian]") {
  const auto pair = correlation(admissible(Covariance2<double>{0, 4, 1e-17}));
  CHECK(pair.first_deviation == 0);
  CHECK(pair.second_deviation == 2);
  CHECK(pair.cosine == 0);
  CHECK(pair.sine == 1);
}

TEST_CASE("cosine and sine of the correlation", "[gaussian]") {
  const auto pair = correlation(Covariance2<double>{4, 9, -3.6});
  CHECK(pair.cosine == Approx(-0.6).epsilon(1e-15));
  CHECK(pair.sine == Approx(0.8).epsilon(1e-15));
}

TEST_CASE("what is no covariance is named", "[gaussian]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(admissible(Covariance2<double>{1, 1, 1.001}),
                    ContainsSubstring("indefinite covariance") && ContainsSubstring("1.001"));
  CHECK_THROWS_WITH(admissible(Covariance2<double>{0, 1, 0.1}), ContainsSubstring("indefinite covariance"));
  CHECK_THROWS_WITH(admissible(Covariance2<double>{1, -0.5, 0}),
                    ContainsSubstring("negative variance") && ContainsSubstring("-0.5"));
  CHECK_THROWS_WITH(admissible(Covariance2<double>{nan, 1, 0}), ContainsSubstring("not finite"));
  CHECK_THROWS_AS(admissible(Covariance2<double>{1, 1, -INFINITY}), std::invalid_argument);
}
