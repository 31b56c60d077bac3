// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/covariance_root.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEMPLATE_TEST_CASE("a root reproduces its kernel with as many columns as the rank", "[gaussian]", float,
                   double, long double) {
  const Index rank = GENERATE(1, 3, 12);
  const Matrix<TestType> kernel = random_kernel<TestType>(12, rank, 5);
  const Matrix<TestType> root = covariance_root(kernel);
  CHECK(root.cols() == rank);
  CHECK(distance<TestType>(root * root.transpose(), kernel) < 200 * std::numeric_limits<TestType>::epsilon());
}

TEST_CASE("repeated tokens and zero kernels have roots", "[gaussian]") {
  Matrix<double> kernel = random_kernel(6, 6, 1);
  kernel.row(4) = kernel.row(1).eval();
  kernel.col(4) = kernel.col(1).eval();
  const Matrix<double> root = covariance_root(kernel);
  CHECK(root.cols() == 5);
  CHECK(distance<double>(root * root.transpose(), kernel) < 1e-13);
  CHECK(covariance_root<double>(Matrix<double>::Zero(3, 3)).cols() == 0);
}

TEST_CASE("an indefinite kernel is refused", "[gaussian]") {
  Matrix<double> kernel = Matrix<double>::Identity(3, 3);
  kernel(0, 1) = kernel(1, 0) = 1.5;
  CHECK_THROWS_WITH(covariance_root(kernel), ContainsSubstring("the kernel is indefinite"));
  kernel(0, 1) = kernel(1, 0) = 1 + 1e-6;
  CHECK_THROWS_WITH(covariance_root(kernel), ContainsSubstring("the kernel is indefinite"));
}
