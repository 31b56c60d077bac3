// SPDX-License-Identifier: MIT
#include "widthwise/kernel/matrix.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;

TEST_CASE("inner is the sum of products of entries", "[kernel]") {
  Matrix<double> a(2, 2), b(2, 2);
  a << 1, 2, 3, 4;
  b << 5, 6, 7, 8;
  CHECK(inner(a, b) == 70);
}

TEST_CASE("mirrored keeps the upper triangle", "[kernel]") {
  Matrix<double> a(2, 2), expected(2, 2);
  a << 1, 2, 3, 4;
  expected << 1, 2, 2, 4;
  CHECK(mirrored(a) == expected);
}

TEST_CASE("a kernel that makes no sense is refused by name and entry", "[kernel]") {
  Matrix<double> kernel = test::random_kernel(3, 3, 1);
  CHECK_NOTHROW(require_kernel(kernel, 3, "G"));
  CHECK_THROWS_WITH(require_kernel(kernel, 4, "G"), "G is 3×3 but should be 4×4");

  Matrix<double> bad = kernel;
  bad(0, 2) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(require_kernel(bad, 3, "G"), "G is not finite: entry (0, 2) is inf");
  bad(0, 2) = std::nan("");
  CHECK_THROWS_WITH(require_kernel(bad, 3, "G"), "G is not finite: entry (0, 2) is nan");
  bad = kernel;
  bad(2, 0) += 0.5;
  CHECK_THROWS_WITH(require_kernel(bad, 3, "G"),
                    ContainsSubstring("G is not symmetric: entries (0, 2) and (2, 0)"));
  bad = kernel;
  bad(1, 1) = -0.5;
  CHECK_THROWS_WITH(require_kernel(bad, 3, "G"), "G has a negative variance: entry (1, 1) is -0.5");
}

TEST_CASE("rounding is no asymmetry", "[kernel]") {
  Matrix<float> kernel = test::random_kernel<float>(3, 3, 1);
  kernel(0, 1) *= 1 + std::numeric_limits<float>::epsilon();
  CHECK_NOTHROW(require_kernel(kernel, 3, "G"));
}
