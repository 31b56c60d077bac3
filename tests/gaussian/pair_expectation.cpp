// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/pair_expectation.hpp"

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "widthwise/gaussian/product_expectation.hpp"

using namespace widthwise;

namespace {

template <class Scalar>
Scalar sigmoid(Scalar x) {
  return 1 / (1 + std::exp(-x));
}

// What two rows of two-key attention ask for: E[pq], E[p], E[q], E[p(1−p)q(1−q)].
template <class Scalar>
auto moments(Scalar x, Scalar y) {
  const Scalar p = sigmoid(x), q = sigmoid(y);
  return Eigen::Array<Scalar, 4, 1>(p * q, p, q, p * sigmoid(-x) * q * sigmoid(-y));
}

}  // namespace

TEST_CASE("products of sigmoids agree with the one-variable methods", "[gaussian]") {
  const auto f = [](double x) {
    return Eigen::Array<double, 2, 1>(sigmoid(x), sigmoid(x) * sigmoid(-x));
  };
  for (const double deviation : {1e-3, 1.0, 4.0, 8 * std::sqrt(2.0)})
    for (const double ratio : {1.0, 0.3})
      for (const double rho : {0.0, 0.5, -0.9, 0.999, 1 - 1e-12, 1.0, -1.0}) {
        INFO("deviations " << deviation << ", " << ratio * deviation << ", correlation " << rho);
        const double first = deviation * deviation, second = ratio * ratio * first,
                     cross = rho * std::sqrt(first * second);
        const auto got =
            gaussian_pair_expectation(Covariance2<double>{first, second, cross}, &moments<double>);
        Matrix<double> covariance(2, 2);
        covariance << first, cross, cross, second;
        const auto wanted = product_expectations(f, {}, covariance);
        CHECK(std::abs(got[0] - wanted[0](0, 1)) < 2e-12);
        CHECK(std::abs(got[1] - 0.5) < 1e-13);
        CHECK(std::abs(got[2] - 0.5) < 1e-13);
        CHECK(std::abs(got[3] - wanted[1](0, 1)) < 2e-12);
      }
}

TEMPLATE_TEST_CASE("complementary events: p(1−q) + pq = p", "[gaussian]", float, double, long double) {
  const auto got = gaussian_pair_expectation(Covariance2<TestType>{3, 100, -11}, [](TestType x, TestType y) {
    return Eigen::Array<TestType, 3, 1>(sigmoid(x) * sigmoid(y), sigmoid(-x) * sigmoid(-y),
                                        sigmoid(x) - sigmoid(-y));
  });
  // By symmetry the first two agree; they differ by E[p + q − 1] = 0.
  CHECK(std::abs(got[0] - got[1]) < 64 * std::numeric_limits<TestType>::epsilon());
  CHECK(std::abs(got[2]) < 64 * std::numeric_limits<TestType>::epsilon());
}

TEST_CASE("a smaller strip of analyticity may be told: tanh, against Williams' erf", "[gaussian]") {
  const auto e = [](double x, double y) {
    return std::erf(x) * std::erf(y);
  };  // entire, large beyond |Im| ≈ 1
  const Covariance2<double> c{2, 1, 0.8};
  const double wanted =
      2 / std::acos(-1) * std::asin(2 * c.cross / std::sqrt((1 + 2 * c.first) * (1 + 2 * c.second)));
  CHECK(gaussian_pair_expectation(c, e, 1.5) == Approx(wanted).epsilon(1e-12));
}

TEST_CASE("vanishing variances leave a number, or one variable", "[gaussian]") {
  const auto at = [](double first, double second) {
    return gaussian_pair_expectation(Covariance2<double>{first, second, 0}, &moments<double>);
  };
  CHECK(at(0, 0).isApprox(Eigen::Array4d(0.25, 0.5, 0.5, 0.0625), 1e-15));
  const auto slope = gaussian_pair_expectation(Covariance2<double>{4, 4, 4}, &moments<double>);
  CHECK(at(0, 4)[0] == Approx(0.25).epsilon(1e-14));
  CHECK(at(4, 0)[3] == at(0, 4)[3]);
  CHECK(at(4, 0)[3] * 4 < std::sqrt(slope[3]));
}

TEST_CASE("the number of evaluations stays in bounds", "[gaussian]") {
  const auto count = [](double deviation, double rho) {
    long evaluations = 0;
    const double variance = deviation * deviation;
    gaussian_pair_expectation(Covariance2<double>{variance, variance, rho * variance}, [&](double, double) {
      ++evaluations;
      return 1.0;
    });
    return evaluations;
  };
  CHECK(count(8 * std::sqrt(2.0), 0) < 80'000);
  CHECK(count(8 * std::sqrt(2.0), 0.99) < 15'000);
  CHECK(count(8 * std::sqrt(2.0), 1) < 500);
  CHECK(count(0.5, 0.3) < 500);
}
