// SPDX-License-Identifier: MIT
#include "widthwise/attention/matrix_normal.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/attention/two_tokens.hpp"
#include "widthwise/kernel/estimate.hpp"

using namespace widthwise;
using namespace widthwise::test;

// Values against brute force: tests/reference/attention_expectations.cpp. Laws: tests/laws/engines.cpp.

TEST_CASE("sampled expectations over two tokens are those of quadrature within four standard errors",
          "[attention]") {
  const TokenLayout layout{2, 2};
  const Matrix<double> f = random_correlation(4, 4, 3), tangent = random_kernel(4, 4, 4);
  for (const double variance : {0.25, 4.0, 16.0}) {
    const auto problem = SoftmaxProblem<double>::self(f, layout, Mask::none(), variance);
    const TwoTokenExpectation<double> exact(problem, tangent);
    ReplicateMean<double> values, jacobian, pushed;
    for (std::uint64_t r = 0; r < 200; ++r) {
      const auto e = MatrixNormal(100).expect(problem, tangent, Stream(5).child(r));
      values.add(e.values());
      jacobian.add(e.jacobian());
      pushed.add(e.pushed().jacobian);
    }
    const auto deviation = [](const Estimate<Matrix<double>>& found, const Matrix<double>& expected) {
      return ((found.value - expected).array().abs() / (found.standard_error.array() + 1e-14)).maxCoeff();
    };
    CHECK(deviation(values.estimate(), exact.values()) < 4);
    CHECK(deviation(jacobian.estimate(), exact.jacobian()) < 4);
    CHECK(deviation(pushed.estimate(), exact.pushed().jacobian) < 4);
  }
}

TEST_CASE("queries and keys may be different signals of different lengths", "[attention]") {
  // Mixed attention: a single key leaves nothing to sample; C_Q C_K = 0 gives uniform weights over the keys.
  const Matrix<double> queries = random_correlation(6, 6, 1);
  const Matrix<double> one_key = random_correlation(2, 2, 2);
  const auto single = MatrixNormal(3).expect(
      SoftmaxProblem<double>{queries, one_key, {2, 3}, {2, 1}, Mask::none(), 2.0}, one_key, Stream(1));
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) CHECK(single.values()(i, j) == Approx(one_key(i / 3, j / 3)));

  const Matrix<double> keys = random_correlation(8, 8, 3);
  const SoftmaxProblem<double> problem{queries, keys, {2, 3}, {2, 4}, Mask::none(), 0.0};
  const auto uniform = MatrixNormal(3).expect(problem, keys, Stream(1));
  CHECK(uniform.values()(0, 5) == Approx(keys.block(0, 4, 4, 4).mean()));

  SECTION("and pull is the transpose of push all the same") {
    const SoftmaxProblem<double> mixed{queries, keys, {2, 3}, {2, 4}, Mask::none(), 1.5};
    const Matrix<double> tangent = random_kernel(8, 8, 4);
    const auto e = MatrixNormal(20).expect(mixed, tangent, Stream(2));
    const Matrix<double> b_values = symmetric_matrix(6, 5), b_jacobian = symmetric_matrix(6, 6);
    const double pushed = inner(b_values, e.pushed().values) + inner(b_jacobian, e.pushed().jacobian);
    CHECK(inner(e.pull(b_values, b_jacobian), tangent) == Approx(pushed).epsilon(1e-12));
  }
}

TEST_CASE("refining asks for more draws, limiting for fewer", "[attention]") {
  CHECK(MatrixNormal(10).refined(2.5).draws() == 25);
  CHECK(MatrixNormal(10).refined(0.1).draws() == 10);
  CHECK(MatrixNormal(10).limited(3).draws() == 3);
  CHECK(MatrixNormal(0).draws() == 1);
}
