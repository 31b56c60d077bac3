// SPDX-License-Identifier: MIT
#include "widthwise/finite/fit.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("a weighted fit finds what was put in, and errs as often as it says", "[finite]") {
  const Vector<double> truth = Vector<double>::LinSpaced(3, 1, -2);
  const Matrix<double> basis = normal_matrix(9, 3, 1);
  const Vector<double> errors = Vector<double>::LinSpaced(9, 0.1, 2);
  const WeightedFit exact = weighted_fit(basis, basis * truth, errors);
  CHECK((exact.coefficients - truth).norm() < 1e-13);
  CHECK(exact.chi_squared < 1e-20);

  double chi_squared = 0;
  Vector<double> pulls = Vector<double>::Zero(3);
  const int trials = 2000;
  for (int i = 0; i < trials; ++i) {
    const Vector<double> noise = errors.cwiseProduct(normal_matrix(9, 1, 100 + static_cast<unsigned>(i)));
    const WeightedFit fit = weighted_fit(basis, basis * truth + noise, errors);
    chi_squared += fit.chi_squared / trials;
    pulls += (fit.coefficients - truth).cwiseQuotient(fit.standard_errors).cwiseAbs2() / trials;
  }
  CHECK(std::abs(chi_squared - 6) < 4 * std::sqrt(12.0 / trials));
  CHECK((pulls.array() - 1).abs().maxCoeff() < 4 * std::sqrt(2.0 / trials));
}

TEST_CASE("power laws", "[finite]") {
  const PowerLaw law =
      power_law({1, 2, 4, 8}, {3, 3 * std::pow(2, -1.5), 3 * std::pow(4, -1.5), 3 * std::pow(8, -1.5)},
                {0.1, 0.2, 0, 0.01});
  CHECK(law.exponent == Approx(-1.5));
  CHECK(power_law({2, 8}, {1, 2}, {0.1, 0.2}).standard_error == Approx(std::sqrt(0.02) / std::log(4.0)));
  CHECK_THROWS_WITH(power_law({2, 2}, {1, 2}, {1, 1}), "power law: there is only one size");
  CHECK_THROWS_WITH(power_law({2, 4}, {1, 0}, {1, 1}), "power law: the point (4, 0) is not positive");
  CHECK_THROWS_WITH(power_law({2, 4}, {1, 1}, {1}), "power law: there are 2 sizes for 2 values");
}

TEST_CASE("extrapolation takes as many terms as the sizes tell apart", "[finite]") {
  const auto kernel = [](const Sizes& at, double over_n) {
    const auto n = static_cast<double>(at.width), h = static_cast<double>(at.heads);
    Estimate<Matrix<double>> k{Matrix<double>(1, 2), Matrix<double>(1, 2)};
    k.value << 2 + 3 / h + 5 * h / n + over_n / n, 7;
    k.standard_error << 0.01, 0;
    return k;
  };
  const auto limit = [&](const std::vector<Sizes>& grid, double over_n) {
    std::vector<Estimate<Matrix<double>>> kernels;
    for (const Sizes& at : grid) kernels.push_back(kernel(at, over_n));
    return extrapolated(grid, kernels);
  };
  const auto all = limit({{64, 4}, {128, 4}, {128, 8}, {256, 8}, {256, 16}}, 11);
  CHECK(all.value(0) == Approx(2));
  CHECK(all.standard_error(0) > 0.01);
  CHECK(all.value(1) == 7);
  CHECK(all.standard_error(1) == 0);
  CHECK(limit({{64, 4}, {128, 4}, {128, 8}, {256, 8}}, 0).value(0) == Approx(2));
  // With one number of heads, 3/H cannot be told from the limit.
  CHECK(limit({{64, 4}, {128, 4}, {256, 4}}, 11).value(0) == Approx(2.75));
  CHECK_THROWS_WITH(limit({{64, 4}}, 0), "extrapolation: there are 1 kernels at 1 sizes");
}
