// SPDX-License-Identifier: MIT
#include "widthwise/layer/residual.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/attention/matrix_normal.hpp"
#include "widthwise/layer/mlp.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("a residual block adds its branch, at the normalized kernel, to what came in", "[layer]") {
  const FlowContext<MatrixNormal> context{{1, 4}, MatrixNormal(), Stream(1)};
  const Matrix<double> g = random_kernel(4, 4, 1), tangent = random_kernel(4, 4, 2),
                       cotangent = symmetric_matrix(4, 3);
  const LayerNorm norm{0.1};
  const Mlp mlp{Gelu{}, MlpCoefficients{.input = 2, .output = 3}};
  const auto block = Residual{norm, mlp}.linearize(g, tangent, context);

  const auto normalized = norm.linearize(g, tangent, context);
  const auto branch = mlp.linearize(normalized.forward(), normalized.tangent(), context);
  CHECK(block.normalized() == normalized.forward());
  CHECK(distance<double>(block.forward(), g + branch.forward()) < 1e-15);
  CHECK(distance<double>(block.tangent(), tangent + branch.tangent()) < 1e-15);
  CHECK(distance<double>(block.pull(cotangent), cotangent + normalized.pull(branch.pull(cotangent))) < 1e-15);
}
