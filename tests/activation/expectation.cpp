// SPDX-License-Identifier: MIT
#include "widthwise/activation/expectation.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/identity.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/activation/tanh.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

Matrix<double> kernel(double first, double second, double cross) {
  Matrix<double> k(2, 2);
  k << first, cross, cross, second;
  return k;
}

}  // namespace

TEST_CASE("the kernels of a linear activation are the covariance and one", "[activation]") {
  const Matrix<double> covariance = random_kernel(6, 3, 1);
  const auto kernels = expectation(Identity{}, covariance);
  CHECK(kernels.value == covariance);
  CHECK(kernels.derivative == Matrix<double>::Ones(6, 6));
}

TEST_CASE("ReLU at a right angle and on the diagonal", "[activation]") {
  const auto kernels = expectation(Relu{}, kernel(2, 8, 0));
  CHECK(kernels.value(0, 1) == Approx(4 / (2 * std::acos(-1))).epsilon(1e-15));  // √(K₁₁K₂₂)/2π
  CHECK(kernels.derivative(0, 1) == Approx(0.25).epsilon(1e-15));
  CHECK(kernels.value(1, 1) == Approx(4).epsilon(1e-15));  // K/2
  CHECK(kernels.derivative(1, 1) == Approx(0.5).epsilon(1e-15));
}

TEST_CASE("tanh at small variance: ⟨σσ⟩ = K₁₂ − K₁₂(K₁₁ + K₂₂) + O(K³)", "[activation]") {
  // tanh x = x − x³/3 + …; E[x³y] = 3 K₁₁ K₁₂. The next terms are of order K³.
  const double first = 1e-4, second = 3e-4, cross = 1e-4;
  const auto entry = expectation(Tanh{}, Covariance2<double>{first, second, cross});
  CHECK(std::abs(entry.value - cross * (1 - first - second)) < 20 * std::pow(second, 3));
  CHECK(std::abs(entry.derivative - (1 - first - second)) < 20 * std::pow(second, 2));
}

TEST_CASE("one pair is an entry of the matrix", "[activation]") {
  const Matrix<double> covariance = random_kernel(5, 4, 3);
  const auto check = [&](const auto& activation, double tolerance) {
    const auto kernels = expectation(activation, covariance);
    for (Index j = 0; j < 5; ++j)
      for (Index i = 0; i < 5; ++i) {
        const auto entry = expectation(
            activation, Covariance2<double>{covariance(i, i), covariance(j, j), covariance(i, j)});
        CHECK(std::abs(kernels.value(i, j) - entry.value) <= tolerance);
        CHECK(std::abs(kernels.derivative(i, j) - entry.derivative) <= tolerance);
      }
  };
  check(Gelu{}, 0);
  check(Tanh{}, 2 * quadrature_tolerance<double>);
}

TEST_CASE("rows of the same input have the same entries", "[activation]") {
  const Matrix<double> covariance = random_kernel(5, 4, 5).replicate(2, 2);
  const auto check = [&](const auto& activation) {
    const auto kernels = expectation(activation, covariance);
    CHECK(kernels.value.row(7) == kernels.value.row(2));
    CHECK(kernels.derivative.row(7) == kernels.derivative.row(2));
    CHECK(kernels.value(7, 2) == kernels.value(2, 2));
  };
  check(Gelu{});
  check(Tanh{});
}

TEST_CASE("a covariance that is none is refused with its reason", "[activation]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto check = [&](const auto& activation) {
    CHECK_THROWS_WITH(expectation(activation, kernel(1, 1, 1.01)),
                      ContainsSubstring("indefinite covariance"));
    CHECK_THROWS_WITH(expectation(activation, kernel(1, -1, 0)), ContainsSubstring("negative variance"));
    CHECK_THROWS_WITH(expectation(activation, kernel(1, 1, nan)), ContainsSubstring("not finite"));
    CHECK_THROWS_AS(expectation(activation, Matrix<double>(Matrix<double>::Ones(2, 3))),
                    std::invalid_argument);
    Matrix<double> skew = kernel(1, 1, 0.5);
    skew(1, 0) = 0.4;
    CHECK_THROWS_WITH(expectation(activation, skew), ContainsSubstring("not symmetric"));
    CHECK_THROWS_WITH(expectation(activation, Covariance2<double>{1, 1, -2}),
                      ContainsSubstring("indefinite covariance"));
    CHECK_NOTHROW(expectation(activation, kernel(1, 1, 1 + 1e-9)));
  };
  check(Gelu{});
  check(Tanh{});
}
