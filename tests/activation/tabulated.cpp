// SPDX-License-Identifier: MIT
#include "widthwise/activation/tabulated.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/activation/erf.hpp"
#include "widthwise/activation/expectation.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/activation/silu.hpp"
#include "widthwise/activation/sine.hpp"
#include "widthwise/activation/tanh.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

template <class A>
auto table_of(const A& activation, const Matrix<double>& covariance) {
  return tabulated(covariance, [&](const Vector<double>& deviations, const Vector<double>& correlations) {
    return detail::activation_tables(activation, deviations, correlations);
  });
}

// A kernel behind layer norm: variances differ by the spread only.
Matrix<double> normalized(Index rows, double spread, double variance) {
  const Vector<double> scale =
      Vector<double>::LinSpaced(rows, 1 - spread, 1).cwiseSqrt() * std::sqrt(variance);
  return scale.asDiagonal() * random_correlation(rows, 30, 5) * scale.asDiagonal();
}

}  // namespace

TEMPLATE_TEST_CASE("tables of smooth activations agree with the entries", "[activation]", Gelu, Erf, Silu,
                   Tanh, Sine) {
  const double spread = GENERATE(0.0, 1e-6, 1e-2), variance = GENERATE(0.3, 1.0);
  CAPTURE(spread, variance);
  const Matrix<double> covariance = normalized(64, spread, variance);
  const TestType activation{};
  const auto table = table_of(activation, covariance);
  if (!table) {  // variance and spread may ask for more nodes than pay
    CHECK((variance == 1.0 && spread == 1e-2));
    return;
  }
  const auto entries = detail::entrywise_expectation(activation, covariance);
  CHECK(distance(table->value, entries.value) < 2e-11);
  CHECK(distance(table->derivative, entries.derivative) < 2e-11);
  CHECK(asymmetry(table->value) == 0);
}

TEST_CASE("what a table cannot do is left to the entries", "[activation]") {
  CHECK_FALSE(table_of(Relu{}, normalized(64, 1e-6, 1)));  // a kink at ρ = 1
  CHECK_FALSE(table_of(Gelu{}, normalized(64, 0.9, 1)));   // deviations all over the place
  Matrix<double> indefinite = normalized(64, 0, 1);
  indefinite(1, 2) = indefinite(2, 1) = 1.5;
  CHECK_FALSE(table_of(Gelu{}, indefinite));
  CHECK_THROWS_WITH(expectation(Gelu{}, indefinite), ContainsSubstring("indefinite covariance"));
}
