// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/hermite_series.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

using Two = Eigen::Array<double, 2, 1>;

const auto square_and_exponential = [](double x) {
  return Two(x * x, std::exp(x));
};

}  // namespace

TEST_CASE("Hermite coefficients of a square and an exponential", "[gaussian]") {
  const double s = 0.7;
  const auto series =
      hermite_series(square_and_exponential, resolve(square_and_exponential, {}, s, s), s, 40);
  CHECK(series.second_moment[0] == Approx(3 * std::pow(s, 4)).epsilon(1e-14));
  CHECK(series.second_moment[1] == Approx(std::exp(2 * s * s)).epsilon(1e-14));
  double exponential = std::exp(s * s / 2);  // a_k = e^s²/2 sᵏ/√k!
  for (Index k = 0; k < 30; ++k) {           // beyond, the end of the range begins to show, by 10⁻¹²
    INFO("degree " << k);
    const double square = k == 0 ? s * s : k == 2 ? std::sqrt(2.0) * s * s : 0;  // s²z² = s²(h₀ + √2 h₂)
    CHECK(std::abs(series.coefficients(0, k) - square) < 1e-15);
    CHECK(std::abs(series.coefficients(1, k) - exponential) < 1e-14);
    exponential *= s / std::sqrt(static_cast<double>(k + 1));
  }
}

TEST_CASE("Parseval: what a step's coefficients leave out", "[gaussian]") {
  const auto step = [](double x) {
    return Eigen::Array<double, 1, 1>(x > 0 ? 1 : 0);
  };
  const auto series = hermite_series(step, resolve(step, {0.0}, 1.0, 1.0), 1.0, 2000);
  CHECK(series.coefficients(0, 0) == Approx(0.5).epsilon(1e-14));
  CHECK(series.coefficients(0, 1) == Approx(1 / std::sqrt(2 * std::acos(-1))).epsilon(1e-14));  // E[z; z > 0]
  CHECK(series.missing()[1] == Approx(1 - 2 * (0.25 + 1 / (2 * std::acos(-1)))).epsilon(1e-12));
  // a_k² ~ (2/π)^½ /(2π k^{3/2}) at odd k, so the tail of Σ a_k²/E[f²] falls as (2/π)^{3/2}/√k · (1/2)
  CHECK(series.missing()[1999] * std::sqrt(2000.0) ==
        Approx(series.missing()[499] * std::sqrt(500.0)).epsilon(2e-3));
}

TEST_CASE("at zero deviation a function is its value, or the mean of its two sides", "[gaussian]") {
  const auto step = [](double x) {
    return Two(x > 0 ? 3 : 1, 7);
  };
  const auto series = hermite_series(step, Panels<double>{}, 0.0, 5);
  CHECK(series.coefficients.col(0).isApprox(Two(2, 7)));
  CHECK(series.coefficients.rightCols(4).isZero());
  CHECK(series.second_moment.isApprox(Two(4, 49)));
  CHECK(series.missing().maxCoeff() < 1e-14);
}
