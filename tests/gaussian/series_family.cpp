// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/series_family.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

using One = Eigen::Array<double, 1, 1>;

Matrix<double> pair_of_cosine(double rho) {
  Matrix<double> cosines(2, 2);
  cosines << 1, rho, rho, 1;
  return cosines;
}

}  // namespace

TEST_CASE("a series is as long as its correlations ask", "[gaussian]") {
  const auto tanh = [](double x) {
    return One(std::tanh(x));
  };
  const auto panels = resolve(tanh, {}, 1.0, 1.0);
  Index before = 0;
  for (const double rho : {0.0, 0.2, 0.6, 0.95}) {
    INFO("correlation " << rho);
    const auto family = detail::series_family(tanh, panels, {1.0}, pair_of_cosine(rho));
    CHECK(family.served >= rho);
    CHECK(family.terms > before);
    before = family.terms;
    double sum = 0, power = 1, reference = 0;
    for (Index k = 0; k < 200; ++k, power *= rho) {
      static const auto longer = hermite_series(tanh, panels, 1.0, 200);
      const double term = std::pow(longer.coefficients(0, k), 2) * power;
      reference += term;
      if (k < family.terms) sum += term;
    }
    CHECK(std::abs(sum - reference) < quadrature_tolerance<double> * family.members[0].second_moment[0]);
  }
}

TEST_CASE("a series that cannot pay leaves the rest to quadrature", "[gaussian]") {
  const auto step = [](double x) {
    return One(x > 0 ? 1 : 0);
  };
  const auto family =
      detail::series_family(step, resolve(step, {0.0}, 1.0, 1.0), {1.0}, pair_of_cosine(0.9999999));
  CHECK(family.served < 0.99);
  CHECK(family.terms <= 1024);
}
