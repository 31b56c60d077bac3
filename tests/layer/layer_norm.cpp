// SPDX-License-Identifier: MIT
#include "widthwise/layer/layer_norm.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/attention/matrix_normal.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {
const FlowContext<MatrixNormal> one_sample{{1, 3}, MatrixNormal(), Stream(1)};
}

TEST_CASE("layer norm divides by both roots with epsilon inside", "[layer]") {
  const Matrix<double> kernel = random_kernel(3, 3, 1), tangent = random_kernel(3, 3, 2);
  const double epsilon = 0.2;
  const auto map = LayerNorm{epsilon}.linearize(kernel, tangent, one_sample);
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j) {
      const double scale = std::sqrt(kernel(i, i) + epsilon) * std::sqrt(kernel(j, j) + epsilon);
      CHECK(map.forward()(i, j) == Approx(kernel(i, j) / scale).epsilon(1e-14));
      CHECK(map.tangent()(i, j) == Approx(tangent(i, j) / scale).epsilon(1e-14));
    }
}

TEST_CASE("a row without variance needs epsilon", "[layer]") {
  Matrix<double> kernel = random_kernel(3, 3, 1);
  kernel.row(1).setZero();
  kernel.col(1).setZero();
  CHECK_THROWS_WITH(LayerNorm{0}.linearize(kernel, kernel, one_sample),
                    "layer norm: row 1 has the variance 0 and epsilon is 0, so it cannot be normalized");
  const auto map = LayerNorm{1e-6}.linearize(kernel, kernel, one_sample);
  CHECK(map.forward().row(1).cwiseAbs().maxCoeff() == 0);
}
