// SPDX-License-Identifier: MIT
#include "widthwise/activation/custom.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "activation/reference_table.hpp"
#include "support/catch.hpp"
#include "widthwise/activation/erf.hpp"
#include "widthwise/activation/sine.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

/// The expectations of σ(s x) for an activation whose closed form gives those of σ(x).
template <class A>
PairExpectation<double> scaled(const A& activation, double s, const Covariance2<double>& c) {
  const auto entry =
      expectation(activation, Covariance2<double>{s * s * c.first, s * s * c.second, s * s * c.cross});
  return {entry.value, s * s * entry.derivative};
}

template <class A>
void check_close(const A& activation, const Covariance2<double>& c, const PairExpectation<double>& wanted,
                 double tolerance) {
  INFO("K11 = " << c.first << ", K22 = " << c.second << ", K12 = " << c.cross);
  const auto [entry, size] = scaled_expectation(activation, c);
  CHECK(std::abs(entry.value - wanted.value) <= tolerance * size.value);
  CHECK(std::abs(entry.derivative - wanted.derivative) <= tolerance * size.derivative);
}

}  // namespace

TEST_CASE("functions may be lambdas, pointers or std::function; kinks any list of numbers", "[activation]") {
  const CustomActivation lambda{[](double x) { return x * x; },
                                [](double x) {
                                  return 2 * x;
                                }};
  CHECK(expectation(lambda, Covariance2<double>{1, 2, 0.5}).value == Approx(2 + 2 * 0.25).epsilon(1e-12));
  CHECK(expectation(lambda, Covariance2<float>{1, 2, 0.5F}).derivative == Approx(2).epsilon(1e-5));
  const CustomActivation generic{[](auto x) { return x * x; },
                                 [](auto x) {
                                   return 2 * x;
                                 }};
  CHECK(std::abs(expectation(generic, Covariance2<long double>{1, 2, 0.5L}).value - 2.5L) < 1e-14L);
  const CustomActivation pointer{static_cast<double (*)(double)>(std::sin),
                                 static_cast<double (*)(double)>(std::cos)};
  check_close(pointer, {1, 2, 0.5}, expectation(Sine{}, Covariance2<double>{1, 2, 0.5}),
              quadrature_tolerance<double>);
  const std::array<double, 2> places{-1, 1};
  const std::function<double(double)> clip = [](double x) {
    return std::clamp(x, -1.0, 1.0);
  };
  const CustomActivation clipped{
      clip, [](double x) { return std::abs(x) < 1 ? 1.0 : 0.0; }, {places.begin(), places.end()}};
  CHECK(clipped.kinks() == std::vector<double>{-1, 1});
  // E[σ'] = P(|x| < 1); uncorrelated, the product.
  const double inside = std::erf(1 / std::sqrt(2.0));
  CHECK(expectation(clipped, Covariance2<double>{1, 1, 0}).derivative ==
        Approx(inside * inside).epsilon(1e-12));
}

TEST_CASE("fast oscillations are resolved", "[activation]") {
  const CustomActivation sine{[](double x) { return std::sin(20 * x); },
                              [](double x) {
                                return 20 * std::cos(20 * x);
                              }};
  for (const double variance : {1e-4, 0.01, 1.0, 30.0})
    for (const double rho : {0.3, -0.9, 0.999, 0.999999, 1.0}) {
      const Covariance2<double> c{variance, variance, rho * variance};
      check_close(sine, c, scaled(Sine{}, 20, c), 2e-12);
    }
}

TEST_CASE("steep functions are resolved", "[activation]") {
  for (const double steepness : {50.0, 1e5}) {
    const CustomActivation step{[=](double x) { return std::erf(steepness * x); },
                                [=](double x) {
                                  return steepness * Erf{}.derivative(steepness * x);
                                }};
    for (const double variance : {1e-4, 1.0, 1e3})
      for (const double rho : {0.3, -0.9, 0.999}) {
        const Covariance2<double> c{variance, variance / 2, rho * variance / std::sqrt(2.0)};
        check_close(step, c, scaled(Erf{}, steepness, c), 2e-12);
      }
  }
}

TEST_CASE("a kink that was not named gives the same numbers", "[activation]") {
  const auto f = [](double x) {
    return std::abs(x - 0.3);
  };
  const auto slope = [](double x) {
    return x < 0.3 ? -1.0 : 1.0;
  };
  const CustomActivation named{f, slope, {0.3}}, silent{f, slope};
  for (const double rho : {0.3, 0.99, 1.0, -1.0}) {
    const Covariance2<double> c{1, 4, 2 * rho};
    check_close(silent, c, expectation(named, c), quadrature_tolerance<double>);
  }
  // |x − c| has second moment K + c².
  CHECK(expectation(named, Covariance2<double>{2, 2, 2}).value == Approx(2.09).epsilon(1e-12));
}

TEST_CASE("an activation that starts late is seen when its start is named", "[activation]") {
  const CustomActivation late{
      [](double x) { return x > 5 ? x - 5 : 0; }, [](double x) { return x > 5 ? 1.0 : 0.0; }, {5}};
  const double tail = std::erfc(5 / std::sqrt(2.0)) / 2;
  CHECK(expectation(late, Covariance2<double>{1, 1, 1}).derivative == Approx(tail).epsilon(1e-12));
  CHECK(expectation(late, Covariance2<double>{1, 1, 0}).derivative == Approx(tail * tail).epsilon(1e-12));
}

TEST_CASE("what cannot be integrated is an error, not a number", "[activation]") {
  const Covariance2<double> unit{1, 1, 0.5};
  const auto zero = [](double) {
    return 0.0;
  };
  const auto message = [&](const auto& f, const char* part) {
    CHECK_THROWS_WITH(expectation(CustomActivation{f, zero}, unit), ContainsSubstring(part));
    CHECK_THROWS_AS(expectation(CustomActivation{f, zero}, unit), std::runtime_error);
  };
  message([](double x) { return std::log(x); }, "not finite");
  message([](double x) { return std::exp(x * x / 3); }, "grows too fast");
  message([](double x) { return std::sin(1e7 * x); }, "too rough");
}
