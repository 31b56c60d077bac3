// SPDX-License-Identifier: MIT
#include "widthwise/scaling/monomial.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/formula.hpp"

using widthwise::Monomial;

namespace monomials {  // whose short names must not reach other files of a unity build

const Monomial n{"n", 768}, M{"M", 4}, n_patch{"n_patch", 588}, n_out{"n_out", 1000};
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("a monomial has the value of its product") {
  const double slack = 8 * std::numeric_limits<double>::epsilon();
  CHECK(Monomial{}.value() == 1);
  CHECK(n.value() == 768);
  CHECK((M * n / n_patch).value() == Approx(4.0 * 768 / 588).epsilon(slack));
  CHECK(pow(n, -1.5).value() == Approx(1 / (768 * std::sqrt(768.0))).epsilon(slack));
  CHECK(sqrt(M * n).value() == Approx(std::sqrt(4.0 * 768)).epsilon(slack));
  CHECK(pow(n, 0).value() == 1);
}

TEST_CASE("monomials obey the laws of powers") {
  CHECK(n * M == M * n);
  CHECK((n * M) * n_out == n * (M * n_out));
  CHECK(n / n == Monomial{});
  CHECK(Monomial{} / n == pow(n, -1));
  CHECK(sqrt(n) * sqrt(n) == n);
  CHECK(pow(pow(n, 0.25) * M, 4) == n * pow(M, 4));
  CHECK(n.power("n") == 1);
  CHECK((n * n / sqrt(M)).power("M") == -0.5);
  CHECK(n.power("M") == 0);
}

TEST_CASE("rounding in powers leaves no factor behind") {
  const Monomial almost_one = pow(n, 0.1) * pow(n, 0.2) / pow(n, 0.3);
  CHECK(almost_one == Monomial{});
  CHECK(to_string(almost_one) == "1");
  CHECK(to_string(pow(n, 0.1 + 0.2)) == "n^0.3");
  CHECK(to_string(pow(n, 0.2) * pow(n, 0.3 + 1e-16)) == "sqrt(n)");
}

TEST_CASE("a symbol can be taken out") {
  CHECK((Monomial{} / (M * n)).without("M") == Monomial{} / n);
  CHECK(n.without("M") == n);
  CHECK(M.without("M") == Monomial{});
}

TEST_CASE("formulas are printed in the field's way") {
  const Monomial one;
  CHECK(to_string(one) == "1");
  CHECK(to_string(n) == "n");
  CHECK(to_string(one / n) == "1/n");
  CHECK(to_string(one / sqrt(n)) == "1/sqrt(n)");
  CHECK(to_string(sqrt(n)) == "sqrt(n)");
  CHECK(to_string(pow(n, -1.5)) == "1/(n sqrt(n))");
  CHECK(to_string(pow(n, -2.5)) == "1/(n^2 sqrt(n))");
  CHECK(to_string(one / (n_patch * sqrt(n))) == "1/(n_patch sqrt(n))");
  CHECK(to_string(one / (n * sqrt(M * n))) == "1/(n sqrt(M n))");
  CHECK(to_string(one / (M * n * sqrt(n))) == "1/(M n sqrt(n))");
  CHECK(to_string(one / (n * sqrt(n_out))) == "1/(n sqrt(n_out))");
  CHECK(to_string(pow(n, 0.3) / n_patch) == "n^0.3/n_patch");
  CHECK(to_string(M * n / (n_patch * n_out)) == "M n/(n_out n_patch)");
  CHECK(to_string(pow(n, -1.35) / M) == "1/(M n^1.35)");
  CHECK(to_string(sqrt(n) / sqrt(M)) == "sqrt(n)/sqrt(M)");

  CHECK(to_string(pow(n, -1.5), Monomial::Halves::as_decimals) == "1/n^1.5");
  CHECK(to_string(Monomial("C_X", 1.6) / (M * n), Monomial::Halves::as_decimals) == "C_X/(M n)");

  std::ostringstream stream;
  stream << one / n;
  CHECK(stream.str() == "1/n");
}

TEST_CASE("a printed formula has the monomial's value") {
  const std::map<std::string, double> numbers{{"n", 768}, {"M", 4}, {"n_patch", 588}};
  for (const double a : {-2.5, -2.0, -1.35, -0.5, 0.0, 0.15, 0.5, 1.0, 1.0 / 3})
    for (const double b : {-1.5, -0.7, 0.0, 0.5, 1.5})
      for (const double c : {-0.5, 0.0, 0.5, 1.0})
        for (const auto halves : {Monomial::Halves::as_roots, Monomial::Halves::as_decimals}) {
          const Monomial monomial = pow(n, a) * pow(M, b) * pow(n_patch, c);
          CAPTURE(to_string(monomial, halves));
          // Powers are printed to twelve digits; ln 768 < 7.
          CHECK(widthwise::test::Formula::evaluate(to_string(monomial, halves), numbers) ==
                Approx(monomial.value()).epsilon(7 * 0.5e-12 * 2.5));
        }
}

TEST_CASE("a size must be a positive number, and one number") {
  for (const double bad : {0.0, -1.0, inf, not_a_number})
    CHECK_THROWS_AS(Monomial("n", bad), std::invalid_argument);
  CHECK_THROWS_WITH(Monomial("n", 0), "n must be a positive number, but is 0");
  CHECK_THROWS_WITH(n * Monomial("n", 1024), "n cannot be both 768 and 1024 in one product");
}

}  // namespace monomials
