// SPDX-License-Identifier: MIT
// Laws of every softmax engine: a new engine is one more name in the lists of this file.
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/rounding.hpp"
#include "widthwise/attention/expectation.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

struct Case {
  const char* name;
  TokenLayout layout;
  Index rank;
  Mask mask;
  double logit_variance;
};

std::vector<Case> cases() {
  Mask::Visible visible = Mask::Visible::Constant(5, 5, true);
  visible(0, 3) = visible(4, 1) = visible(4, 2) = false;
  Mask::Visible padding = Mask::Visible::Constant(5, 5, true);
  padding.col(1).setConstant(false);
  padding.col(4).setConstant(false);
  return {
      {"one token", {4, 1}, 3, Mask::none(), 1.3},
      {"two tokens", {2, 2}, 4, Mask::none(), 1.3},
      {"two tokens, causal", {3, 2}, 4, Mask::causal(), 1.3},
      {"uniform attention", {2, 4}, 6, Mask::none(), 0},
      {"uniform causal attention", {2, 4}, 6, Mask::causal(), 0},
      {"one sample", {1, 6}, 9, Mask::none(), 0.25},
      {"causal", {1, 6}, 9, Mask::causal(), 1},
      {"any mask", {1, 5}, 9, Mask::custom(visible), 2},
      {"several samples", {3, 4}, 15, Mask::none(), 0.7},
      {"several samples, causal", {3, 4}, 15, Mask::causal(), 16},
      {"several samples, any mask", {2, 5}, 15, Mask::custom(visible), 16},
      {"padding", {1, 5}, 9, Mask::custom(padding), 1},
      {"several samples, padding", {2, 5}, 15, Mask::custom(padding), 4},
      {"one or two tokens", TokenLayout::of_lengths({2, 1, 2}), 4, Mask::none(), 1.3},
      {"one or two tokens, causal", TokenLayout::of_lengths({1, 2}), 4, Mask::causal(), 1.3},
      {"different lengths", TokenLayout::of_lengths({4, 1, 3}), 15, Mask::none(), 0.7},
      {"different lengths, causal", TokenLayout::of_lengths({3, 5, 1}), 15, Mask::causal(), 0.7},
      {"different lengths, causal, large logits", TokenLayout::of_lengths({2, 4}), 15, Mask::causal(), 16},
      {"different lengths, any mask", TokenLayout::of_lengths({5, 3}), 15, Mask::custom(visible), 2},
      {"different lengths, padding", TokenLayout::of_lengths({3, 5}), 15, Mask::custom(padding), 1},
      {"rank one", {2, 3}, 1, Mask::none(), 1},
      {"singular", {2, 6}, 4, Mask::none(), 4}};
}

}  // namespace

TEMPLATE_TEST_CASE("every softmax engine obeys the laws", "[laws]", MatrixNormal, RowPair,
                   RowPairIn<double>) {
  const Case c = GENERATE(from_range(cases()));
  CAPTURE(c.name);
  const double rounding = rounding_of<TestType>(c.mask);
  const Index n = c.layout.rows();
  Matrix<double> f = random_correlation(n, c.rank, 1);
  if (c.logit_variance > 1)
    f = f.cwiseProduct(Vector<double>::LinSpaced(n, 0.5, 1) *
                       Vector<double>::LinSpaced(n, 0.5, 1).transpose())
            .eval();
  const Matrix<double> tangent = random_kernel(n, n, 2);
  const auto problem = SoftmaxProblem<double>::self(f, c.layout, c.mask, c.logit_variance);
  const AttentionExpectation<double, TestType> expectation(TestType(16), problem, tangent, Stream(7));

  const auto pushed = expectation.push(tangent);
  SECTION("the tangent it was made with is pushed like any other") {
    CHECK(distance(expectation.pushed().values, pushed.values) < 1e-13);
    CHECK((expectation.pushed().jacobian - pushed.jacobian).cwiseAbs().maxCoeff() <
          1e-13 * tangent.cwiseAbs().maxCoeff());
  }
  SECTION("forward is the push of the keys' own kernel") {
    const auto own = expectation.push(f);
    CHECK(distance(own.values, expectation.values()) < rounding / 10);
    CHECK((own.jacobian - expectation.jacobian()).cwiseAbs().maxCoeff() < rounding / 10);
  }
  SECTION("pull is the transpose of push") {
    const Matrix<double> b_values = symmetric_matrix(n, 3), b_jacobian = symmetric_matrix(n, 4);
    const Matrix<double> pulled = expectation.pull(b_values, b_jacobian);
    const double left = inner(b_values, pushed.values) + inner(b_jacobian, pushed.jacobian);
    const double scale = b_values.norm() * pushed.values.norm() + b_jacobian.norm() * pushed.jacobian.norm();
    CHECK(std::abs(left - inner(pulled, tangent)) < rounding * scale);
    CHECK(asymmetry(pulled) == 0);
  }
  SECTION("kernels are symmetric") {
    CHECK(asymmetry(expectation.values()) == 0);
    CHECK(asymmetry(expectation.jacobian()) == 0);
    CHECK(asymmetry(pushed.values) == 0);
    CHECK(asymmetry(pushed.jacobian) == 0);
  }
  SECTION("push is linear") {
    const Matrix<double> other = random_kernel(n, 2, 5);
    const auto sum = expectation.push(tangent + 2 * other), second = expectation.push(other);
    CHECK(distance<double>(pushed.values + 2 * second.values, sum.values) < rounding);
  }
  SECTION("the same stream gives the same digits") {
    const AttentionExpectation<double, TestType> again(TestType(16), problem, tangent, Stream(7));
    CHECK(again.values() == expectation.values());
    CHECK(again.pushed().jacobian == expectation.pushed().jacobian);
  }
  SECTION("weights that add up to one leave a constant kernel alone") {
    const Matrix<double> ones = Matrix<double>::Ones(n, n);
    const auto constant = expectation.push(ones);
    CHECK(distance(constant.values, ones) < 1e-12);
    CHECK(constant.jacobian.cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEMPLATE_TEST_CASE("every softmax engine refuses what makes no sense", "[laws]", MatrixNormal, RowPair) {
  const auto expect = [](const SoftmaxProblem<double>& problem) {
    return AttentionExpectation<double, TestType>(TestType(2), problem, problem.keys, Stream(1));
  };
  Matrix<double> f = random_correlation(6, 6, 1);
  const TokenLayout layout{2, 3};
  CHECK_THROWS_WITH(expect(SoftmaxProblem<double>::self(f, {2, 4}, Mask::none(), 1)),
                    "attention: the kernel of the queries is 6×6 but should be 8×8");
  CHECK_THROWS_WITH(expect(SoftmaxProblem<double>::self(f, layout, Mask::none(), -1)),
                    "attention: C_Q C_K is -1 but should be finite and not negative");
  CHECK_THROWS_WITH(
      expect(SoftmaxProblem<double>::self(f, layout, Mask::custom(Mask::Visible::Constant(4, 4, true)), 1)),
      "mask is made for 4 queries and 4 keys, but there are 3 and 3");
  f(1, 2) = f(2, 1) = 3;
  CHECK_THROWS_WITH(expect(SoftmaxProblem<double>::self(f, layout, Mask::none(), 1)),
                    ContainsSubstring("the kernel is indefinite"));
  f(1, 2) = f(2, 1) = std::nan("");
  CHECK_THROWS_WITH(expect(SoftmaxProblem<double>::self(f, layout, Mask::none(), 1)),
                    "attention: the kernel of the queries is not finite: entry (1, 2) is nan");
}
