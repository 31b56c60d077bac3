// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/plane_quadrature.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

using Three = Eigen::Array<double, 3, 1>;

const auto f = [](double x) {
  return Three(std::sin(x), std::abs(x), x * x * x);
};

/// Closed forms of E[f(x) f(y)].
Three exact(const Covariance2<double>& c) {
  const double root = std::sqrt(determinant(c)), pi = std::acos(-1);
  const double sine = (std::exp(-(c.first - c.cross + c.second - c.cross) / 2) -
                       std::exp(-(c.first + c.cross + c.second + c.cross) / 2)) /
                      2;
  return {sine, 2 / pi * (root + c.cross * std::atan2(c.cross, root)),
          9 * c.first * c.second * c.cross + 6 * std::pow(c.cross, 3)};
}

Three size(const Covariance2<double>& c) {
  return (exact({c.first, c.first, c.first}) * exact({c.second, c.second, c.second})).sqrt();
}

}  // namespace

TEST_CASE("nested quadrature agrees with closed forms at any correlation", "[gaussian]") {
  for (const auto& [first, second] : {std::pair{1.0, 1.0}, {0.01, 4.0}, {30.0, 2.5}}) {
    const auto panels =
        resolve(f, {0.0}, std::sqrt(std::min(first, second)), std::sqrt(std::max(first, second)));
    for (const double rho : {0.0, 0.4, -0.9, 0.9999, 1 - 1e-9, -1 + 1e-13}) {
      INFO("variances " << first << ", " << second << ", correlation " << rho);
      const Covariance2<double> c{first, second, rho * std::sqrt(first * second)};
      const Three got = plane_quadrature(f, panels, correlation(c), size(c));
      CHECK((got - exact(c)).cwiseQuotient(size(c)).abs().maxCoeff() < quadrature_tolerance<double>);
    }
  }
}

TEST_CASE("the order of the two variables makes no difference at all", "[gaussian]") {
  const auto panels = resolve(f, {0.0}, 1.0, 2.0);
  const Covariance2<double> c{1, 4, 1.9}, swapped{4, 1, 1.9};
  CHECK((plane_quadrature(f, panels, correlation(c), size(c)) ==
         plane_quadrature(f, panels, correlation(swapped), size(c)))
            .all());
}

TEST_CASE("quadrature along a line agrees with closed forms", "[gaussian]") {
  const auto panels = resolve(f, {0.0}, 0.5, 2.0);
  for (const double sign : {1.0, -1.0}) {
    const Covariance2<double> c{0.25, 4, sign};
    CHECK((line_quadrature(f, panels, 0.5, sign * 2) - exact(c)).cwiseQuotient(size(c)).abs().maxCoeff() <
          1e-14);
  }
}
