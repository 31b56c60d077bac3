// SPDX-License-Identifier: MIT
// Softmax expectations against attention_expectations.json, which takes the definitions at their word:
// sampled logits with their full covariance, explicit Jacobians and six-index sums, and quadrature for the
// exact cases.
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/kernels.hpp"
#include "widthwise/attention/expectation.hpp"
#include "widthwise/attention/row_pair.hpp"
#include "widthwise/kernel/estimate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// Every expectation that the table holds, side by side.
template <class Engine>
Matrix<double> everything(const Engine& engine, const nlohmann::json& c, Stream stream) {
  const Matrix<double> f = matrix(c["F"]), a = matrix(c["A"]), b = matrix(c["B"]),
                       b_prime = matrix(c["B_prime"]);
  const auto problem = SoftmaxProblem<double>::self(f, {c["samples"], c["tokens"]},
                                                    c["mask"] == "causal" ? Mask::causal() : Mask::none(),
                                                    c["logit_variance"]);
  const AttentionExpectation<double, Engine> e(engine, problem, a, stream);
  const Matrix<double> zero = Matrix<double>::Zero(f.rows(), f.cols());
  Matrix<double> all(f.rows(), 6 * f.cols());
  all << e.values(), e.jacobian(), e.pushed().values, e.pushed().jacobian, e.pull(b, zero),
      e.pull(zero, b_prime);
  return all;
}

Matrix<double> table(const nlohmann::json& entries) {
  const Matrix<double> first = matrix(entries["S"]);
  Matrix<double> all(first.rows(), 6 * first.cols());
  all << first, matrix(entries["D_FF"]), matrix(entries["mix_A"]), matrix(entries["D_AF"]),
      matrix(entries["pull_mix_B"]), matrix(entries["pull_D_B_prime"]);
  return all;
}

}  // namespace

TEMPLATE_TEST_CASE("softmax expectations agree with their definitions", "[reference]", MatrixNormal,
                   RowPair) {
  const nlohmann::json cases = reference_table("attention_expectations.json")["cases"];
  const auto index = GENERATE_COPY(range(std::size_t(0), cases.size()));
  const nlohmann::json& c = cases[index];
  const std::string name = c["name"];
  CAPTURE(name);
  const Matrix<double> expected = table(c["expected"]), expected_error = table(c["standard_error"]);

  if (c["tokens"] == 2) {  // exact on both sides
    CHECK(distance(everything(TestType(), c, Stream(1)), expected) < 1e-10);
    return;
  }
  ReplicateMean<double> mean;
  for (std::uint64_t r = 0; r < 256; ++r) mean.add(everything(TestType(256), c, Stream(1).child(r)));
  const auto found = mean.estimate();
  const Matrix<double> joint =
      (found.standard_error.cwiseAbs2() + expected_error.cwiseAbs2()).cwiseSqrt().array() + 1e-12;
  const Matrix<double> deviations = (found.value - expected).cwiseAbs().cwiseQuotient(joint);
  CHECK(deviations.maxCoeff() < 4);
}
