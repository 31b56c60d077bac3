// SPDX-License-Identifier: MIT
#include "widthwise/gaussian/leading_root.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEMPLATE_TEST_CASE("a leading root reproduces its kernel, singular or not", "[gaussian]", float, double,
                   long double) {
  const Index rank = GENERATE(1, 3, 12, 40);
  const Matrix<TestType> kernel = random_kernel<TestType>(20, rank, 5);
  const Matrix<double> root = leading_root(kernel, 6);
  CHECK(root.cols() == 26);
  const double epsilon = std::max(static_cast<double>(std::numeric_limits<TestType>::epsilon()), 0x1p-52);
  const Matrix<double> expected = kernel.template cast<double>();
  CHECK(distance<double>(root * root.transpose(), expected) < 1e4 * epsilon);
}

TEST_CASE("the first columns carry the leading modes, largest first", "[gaussian]") {
  // Eigenvalues 1, ½, ¼, …
  const Matrix<double> basis = Eigen::HouseholderQR<Matrix<double>>(normal_matrix(30, 30, 2)).householderQ();
  Vector<double> eigenvalues(30);
  for (Index i = 0; i < 30; ++i) eigenvalues(i) = std::exp2(-static_cast<double>(i));
  const Matrix<double> kernel = mirrored<double>(basis * eigenvalues.asDiagonal() * basis.transpose());
  const Matrix<double> root = leading_root(kernel, 8);
  for (Index k = 0; k < 6; ++k) CHECK(root.col(k).squaredNorm() == Approx(eigenvalues(k)).epsilon(0.02));
  CHECK(root.rightCols(30).squaredNorm() < 1.2 * eigenvalues.tail(22).sum());
}

TEST_CASE("a zero kernel has a zero root, and a small one a root as wide", "[gaussian]") {
  CHECK(leading_root<double>(Matrix<double>::Zero(4, 4)).isZero(0));
  const Matrix<double> one = Matrix<double>::Constant(1, 1, 4);
  CHECK(leading_root(one).squaredNorm() == Approx(4));
}

TEST_CASE("an indefinite kernel has no leading root", "[gaussian]") {
  Matrix<double> kernel = Matrix<double>::Identity(3, 3);
  kernel(0, 1) = kernel(1, 0) = 1.2;
  CHECK_THROWS_WITH(leading_root(kernel), ContainsSubstring("the kernel is indefinite"));
}

TEST_CASE("a kernel that sampling made a little indefinite is raised until it has a root", "[gaussian]") {
  Matrix<double> kernel = Matrix<double>::Identity(3, 3);
  kernel(0, 1) = kernel(1, 0) = 1 + 1e-4;
  const Matrix<double> root = leading_root(kernel);
  const Matrix<double> raised = root * root.transpose() - kernel;
  CHECK(raised.cwiseAbs().maxCoeff() > 1e-5);
  CHECK(raised.cwiseAbs().maxCoeff() < 5e-4);
}
