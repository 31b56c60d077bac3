// SPDX-License-Identifier: MIT
#include "widthwise/attention/two_tokens.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

// Values against independent quadrature: tests/reference/attention_expectations.cpp.

TEST_CASE("two tokens in limits that are known", "[attention]") {
  Matrix<double> f(2, 2);
  f << 1, 0.3, 0.3, 1;
  const auto expect = [&](Mask mask, double variance) {
    return TwoTokenExpectation<double>(SoftmaxProblem<double>::self(f, {1, 2}, std::move(mask), variance), f);
  };
  SECTION("no logits: uniform attention") {
    const auto e = expect(Mask::none(), 0);
    CHECK(distance<double>(e.values(), Matrix<double>::Constant(2, 2, f.mean())) < 1e-14);
    // J = ¼ v vᵀ in every row, so 𝒟[F,F] = (vᵀFv)²/16
    CHECK(distance<double>(e.jacobian(), Matrix<double>::Constant(2, 2, 1.4 * 1.4 / 16)) < 1e-14);
  }
  SECTION("enormous logits: every row picks one key") {  // up to the inverse of their deviation, 1/37
    const auto e = expect(Mask::none(), 1000);
    CHECK(e.values()(0, 0) == Approx(1).epsilon(0.03));
    // two rows agree with the probability of equal signs, ½ + asin(ρ)/π
    const double agree = 0.5 + std::asin(0.3) / M_PI;
    CHECK(e.values()(0, 1) == Approx(agree + (1 - agree) * 0.3).epsilon(0.03));
  }
  SECTION("causal: the first row sees itself") {
    const auto e = expect(Mask::causal(), 2);
    CHECK(e.values()(0, 0) == Approx(1).epsilon(1e-14));
    CHECK(e.values()(0, 1) ==
          Approx((1 + 0.3) / 2).epsilon(1e-13));  // the second row's weights are ½ on average
    CHECK(e.jacobian()(0, 1) == 0);
  }
}

TEST_CASE("repeated tokens are no trouble", "[attention]") {
  const Matrix<double> ones = Matrix<double>::Ones(4, 4);
  const TwoTokenExpectation<double> e(SoftmaxProblem<double>::self(ones, {2, 2}, Mask::none(), 3), ones);
  CHECK(distance(e.values(), ones) < 1e-14);
  CHECK(e.jacobian().cwiseAbs().maxCoeff() < 1e-14);
}
