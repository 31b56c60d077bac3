// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/product_expectation.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

using Three = Eigen::Array<double, 3, 1>;

// One function of each kind: the series serves the first everywhere, the others only up to some ρ.
const auto one_of_each = [](double x) {
  return Three(std::cos(x), std::abs(x), x > 0 ? 1 : 0);
};

Three exact_series(const Covariance2<double>& c) {
  const double root = std::sqrt(determinant(c)), angle = std::atan2(c.cross, root), pi = std::acos(-1);
  const double cosine = (std::exp(-(c.first - c.cross + c.second - c.cross) / 2) +
                         std::exp(-(c.first + c.cross + c.second + c.cross) / 2)) /
                        2;
  return {cosine, 2 / pi * (root + c.cross * angle), 0.25 + angle / (2 * pi)};
}

}  // namespace

TEST_CASE("the three methods meet in one matrix", "[gaussian]") {
  // Rows 0 and 1 are equal, row 2 is opposite, 3 a multiple, 4 almost equal, 5 unrelated, 6 has no variance.
  Matrix<double> rows(7, 4);
  rows << 1, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0, 0, 2, 0, 0, 0, 1, 1e-3, 0, 0, 0.3, -0.5, 1, 0.4, 0, 0, 0, 0;
  const Matrix<double> covariance = rows * rows.transpose();
  const auto results = product_expectations(one_of_each, {0.0}, covariance);
  for (Index j = 0; j < 7; ++j)
    for (Index i = 0; i < 7; ++i) {
      INFO("entry " << i << ", " << j);
      const Three wanted = exact_series({covariance(i, i), covariance(j, j), covariance(i, j)});
      for (std::size_t c = 0; c < 3; ++c) {
        const auto component = static_cast<Index>(c);
        const bool certain = covariance(i, i) > 0 && i == j;
        const double value = i == j && component == 2 ? (certain ? 0.5 : 0.25) : wanted[component];
        CHECK(std::abs(results[c](i, j) - value) <= quadrature_tolerance<double> * (1 + std::abs(value)));
        CHECK(results[c](i, j) == results[c](j, i));
      }
    }
  for (std::size_t c = 0; c < 3; ++c) CHECK(results[c](0, 1) == results[c](0, 0));
}

TEST_CASE("equal pairs have equal entries, wherever they stand, and calls repeat", "[gaussian]") {
  const Matrix<double> covariance = random_kernel(15, 5, 4).replicate(2, 2);
  const auto results = product_expectations(one_of_each, {0.0}, covariance),
             again = product_expectations(one_of_each, {0.0}, covariance);
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(results[c] == again[c]);
    CHECK(results[c].topLeftCorner(15, 15) == results[c].bottomRightCorner(15, 15));
    CHECK(results[c].topLeftCorner(15, 15) == results[c].topRightCorner(15, 15));
  }
}

TEST_CASE("nothing in, nothing out", "[gaussian]") {
  CHECK(product_expectations(one_of_each, {}, Matrix<double>())[0].size() == 0);
  const Matrix<double> none = Matrix<double>::Zero(2, 2);
  CHECK(product_expectations(one_of_each, {0.0}, none)[2] == Matrix<double>::Constant(2, 2, 0.25));
}
