// SPDX-License-Identifier: MIT
#include "widthwise/layer/mlp.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/activation/custom.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/identity.hpp"
#include "widthwise/attention/matrix_normal.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {
const FlowContext<MatrixNormal> two_samples{{2, 2}, MatrixNormal(), Stream(1)};
}

TEST_CASE("a linear MLP multiplies kernels", "[layer]") {
  const Matrix<double> f = random_correlation(4, 4, 1), tangent = random_kernel(4, 4, 2);
  const auto map =
      Mlp{Identity{}, MlpCoefficients{.input = 0.5, .output = 3}}.linearize(f, tangent, two_samples);
  CHECK(distance<double>(map.forward(), 1.5 * f) < 1e-15);
  CHECK(distance<double>(map.tangent(), 1.5 * tangent) < 1e-15);
  const auto contributions = map.contributions();
  CHECK(distance<double>(contributions[0].kernel, 3 * f) < 1e-15);    // W
  CHECK(distance<double>(contributions[1].kernel, 0.5 * f) < 1e-15);  // X
}

TEST_CASE("an MLP takes its expectations at C_W F", "[layer]") {
  const Matrix<double> f = random_correlation(4, 4, 1);
  const auto map = Mlp{Gelu{}, MlpCoefficients{.input = 0.4, .output = 1.6}}.linearize(f, f, two_samples);
  const Matrix<double> hidden = 0.4 * f;
  const auto kernels = expectation(Gelu{}, hidden);
  CHECK(distance<double>(map.forward(), 1.6 * kernels.value) < 1e-15);
  CHECK(distance<double>(map.tangent(), 0.64 * kernels.derivative.cwiseProduct(f)) < 1e-15);
}

TEST_CASE("an MLP states its groups, and refuses a hidden width that is no whole number", "[layer]") {
  const auto groups = Mlp{Gelu{}, MlpCoefficients{}, 4}.groups({48, 4});
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].parameters() == 4 * 48 * 48);
  CHECK(groups[0].order.value() == 48);
  CHECK(groups[1].order.value() == 192);
  CHECK(Mlp{Gelu{}, MlpCoefficients{}, 2.5}.groups({48, 4})[0].shape[0] == 120);
  CHECK_THROWS_WITH(
      (Mlp{Gelu{}, MlpCoefficients{}, 2.7}.groups({48, 4})),
      ContainsSubstring("mlp: a multiplier of 2.7 on the width 48 makes 129.6 hidden channels"));
}
