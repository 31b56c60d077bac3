// SPDX-License-Identifier: MIT
#include "widthwise/layer/self_attention.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("attention over one token passes the values on", "[layer]") {
  const FlowContext<MatrixNormal> context{{4, 1}, MatrixNormal(), Stream(1)};
  const Matrix<double> f = random_correlation(4, 4, 1), tangent = random_kernel(4, 4, 2);
  const SelfAttention attention{{.query = 2, .key = 3, .value = 0.5, .output = 0.7}};
  const auto map = attention.linearize(f, tangent, context);
  CHECK(distance<double>(map.forward(), 0.35 * f) < 1e-14);
  CHECK(distance<double>(map.tangent(), 0.35 * tangent) < 1e-14);
  CHECK(map.draws() == 0);
  const auto contributions = map.contributions();
  REQUIRE(contributions.size() == 4);
  CHECK(contributions[0].kernel.cwiseAbs().maxCoeff() < 1e-14);       // Q: a single key cannot be chosen
  CHECK(contributions[1].kernel.cwiseAbs().maxCoeff() < 1e-14);       // K
  CHECK(distance<double>(contributions[2].kernel, 0.7 * f) < 1e-14);  // V
  CHECK(distance<double>(contributions[3].kernel, 0.5 * f) < 1e-14);  // U
}

TEST_CASE("keys that start at zero still have a gradient", "[layer]") {
  // C_K = 0: attention is uniform, Q learns nothing, K learns through C_Q (theory §3).
  const FlowContext<MatrixNormal> context{{1, 3}, MatrixNormal(), Stream(1)};
  const Matrix<double> f = random_correlation(3, 3, 1);
  const auto map = SelfAttention{{.query = 2, .key = 0, .value = 1, .output = 1}}.linearize(f, f, context);
  CHECK(map.draws() == 0);
  CHECK(distance<double>(map.forward(), Matrix<double>::Constant(3, 3, f.mean())) < 1e-14);
  const auto contributions = map.contributions();
  CHECK(contributions[0].kernel.cwiseAbs().maxCoeff() == 0);

  // J = (1 − 11ᵀ/3)/3 in every row, so 𝒟[F,F] is the same everywhere: Σ J J F F = ‖P F P‖²/9 with P = 1 −
  // 11ᵀ/3.
  const Matrix<double> p = Matrix<double>::Identity(3, 3) - Matrix<double>::Constant(3, 3, 1.0 / 3);
  CHECK(distance<double>(contributions[1].kernel, 2 * (p * f * p).squaredNorm() / 9 * f) < 1e-13);
}

TEST_CASE("attention states its four groups", "[layer]") {
  const auto groups = SelfAttention{{.query = 0.5, .key = 1, .value = 1, .output = 0.25}}.groups({96, 8});
  REQUIRE(groups.size() == 4);
  CHECK(groups[0].name == "Q");
  CHECK(groups[3].name == "U");
  for (const auto& group : groups) {
    CHECK(group.parameters() == 96 * 96);
    CHECK(group.order.value() == 96);
    CHECK(group.active.value() == Approx(96 * 96));
  }
}
