// SPDX-License-Identifier: MIT
#include "widthwise/layer/head.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/attention/matrix_normal.hpp"
#include "widthwise/layer/patch_stem.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {
const FlowContext<MatrixNormal> at_the_head{{2, 2}, MatrixNormal(), Stream(1)};
}

TEST_CASE("a linear head scales the normalized kernel; its bias adds a constant", "[layer]") {
  const Matrix<double> g = random_kernel(4, 4, 1), tangent = random_kernel(4, 4, 2);
  const LinearHead head{.coefficients = {.weight = 1.2}, .outputs = 7, .norm = LayerNorm{0.1}};
  const auto normalized = LayerNorm{0.1}.linearize(g, tangent, at_the_head);
  const auto map = head.linearize(PatchStem{}, g, tangent, at_the_head);
  CHECK(distance<double>(map.forward(), 1.2 * normalized.forward()) < 1e-15);
  CHECK(distance<double>(map.tangent(), 1.2 * normalized.tangent()) < 1e-15);
  const auto contributions = map.contributions();
  REQUIRE(contributions.size() == 2);
  CHECK(contributions[0].kernel == normalized.forward());
  CHECK(contributions[1].kernel == Matrix<double>::Ones(4, 4));
  CHECK(head.groups({16, 4})[0].parameters() == 112);
  CHECK(head.groups({16, 4})[1].parameters() == 7);

  LinearHead plain = head;
  plain.bias = false;
  CHECK(plain.linearize(PatchStem{}, g, tangent, at_the_head).contributions().size() == 1);
  CHECK(plain.groups({16, 4}).size() == 1);
}

TEST_CASE("a tied head reads the embedding backwards and has no group of its own", "[layer]") {
  const Matrix<double> g = random_kernel(4, 4, 1);
  const TokenStem stem{.coefficients = {.embedding = 0.3, .position = 1}, .vocabulary = 9, .tokens = 2};
  const auto map = TiedHead{}.linearize(stem, g, g, at_the_head);
  CHECK(distance<double>(map.forward(), 0.3 * map.normalized()) < 1e-15);
  CHECK(map.contributions().front().group == "WE");
  CHECK(TiedHead{}.groups({16, 4}).empty());
}

TEST_CASE("pooling matrices average, pick or leave rows", "[layer]") {
  const TokenLayout layout{2, 3};
  Matrix<double> mean(2, 6), first(2, 6);
  mean << 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1;
  first << 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0;
  CHECK(distance<double>(pooling_matrix<double>(Pool::mean, layout), mean / 3) < 1e-15);
  CHECK(pooling_matrix<double>(Pool::class_token, layout) == first);
  CHECK(pooling_matrix<double>(Pool::none, layout) == Matrix<double>::Identity(6, 6));
}
