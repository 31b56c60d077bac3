// SPDX-License-Identifier: MIT
#include "widthwise/layer/cross_attention.hpp"

#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/attention/row_pair.hpp"
#include "widthwise/layer/residual.hpp"
#include "widthwise/layer/self_attention.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

constexpr AttentionCoefficients uneven{.query = 2, .key = 3, .value = 0.7, .output = 1.2};

}  // namespace

TEMPLATE_TEST_CASE("cross-attention obeys the laws, in the decoder's rows and in the encoder's", "[layer]",
                   MatrixNormal, RowPair) {
  const TokenLayout queries =
      GENERATE(TokenLayout{1, 5}, TokenLayout{2, 3}, TokenLayout{3, 1}, TokenLayout::of_lengths({3, 1, 2}));
  const Index keys = GENERATE(1, 2, 4);
  const TokenLayout read =
      queries.same_length() ? TokenLayout{queries.samples, keys} : TokenLayout::of_lengths({1, keys, 2});
  const Index n = queries.rows(), m = read.rows();
  CAPTURE(queries.samples, queries.tokens, keys);
  const Memory<double> memory{read, random_correlation(m, 3, 1), random_kernel(m, m, 2)};
  const DecoderContext<double, TestType> context{{queries, TestType(16), Stream(3)}, memory};
  const Residual layer{LayerNorm{0.2}, CrossAttention{uneven}};
  const Matrix<double> kernel = random_kernel(n, 3, 4), tangent = random_kernel(n, n, 5);
  const auto map = layer.linearize(kernel, tangent, context);

  const Matrix<double> pushed = map.push(tangent), from_memory = map.push_memory(memory.tangent);
  CHECK(distance<double>(map.tangent(), pushed + from_memory) < 1e-12);
  const Matrix<double> cotangent = symmetric_matrix(n, 6);
  const double size = cotangent.norm() * map.tangent().norm();
  CHECK(std::abs(inner(cotangent, pushed) - inner(map.pull(cotangent), tangent)) < 1e-12 * size);
  CHECK(std::abs(inner(cotangent, from_memory) - inner(map.pull_memory(cotangent), memory.tangent)) <
        1e-12 * size);
  CHECK(map.pull_memory(cotangent).rows() == m);
  CHECK(asymmetry(map.forward()) < 1e-15);
  CHECK(asymmetry<double>(from_memory) < 1e-15);
  CHECK(least_eigenvalue(map.forward()) > -1e-12);
}

TEST_CASE("attention to one's own signal is self-attention", "[layer]") {
  const TokenLayout layout{2, 4};
  const Matrix<double> f = random_correlation(8, 3, 1), tangent = random_kernel(8, 8, 2),
                       cotangent = symmetric_matrix(8, 3);
  const Memory<double> memory{layout, f, tangent};
  const DecoderContext<double, RowPair> context{{layout, RowPair(64), Stream(4)}, memory};
  const auto self = SelfAttention{uneven}.linearize(f, tangent, FlowContext<RowPair>(context));
  const auto cross = CrossAttention{uneven}.linearize(f, tangent, context);
  CHECK(distance(cross.forward(), self.forward()) == 0);
  CHECK(distance(cross.tangent(), self.tangent()) == 0);
  CHECK(distance<double>(cross.pull(cotangent) + cross.pull_memory(cotangent), self.pull(cotangent)) < 1e-13);
  const auto expected = self.contributions(), found = cross.contributions();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(found[i].group == expected[i].group);
    CHECK(distance(found[i].kernel, expected[i].kernel) == 0);
  }
}

TEST_CASE("attention to one token passes the encoder's output on", "[layer]") {
  const Memory<double> memory{{2, 1}, random_correlation(2, 2, 1), random_kernel(2, 2, 2)};
  const DecoderContext<double, RowPair> context{{{2, 3}, RowPair(), Stream(4)}, memory};
  const Matrix<double> f = random_correlation(6, 6, 3), tangent = random_kernel(6, 6, 4);
  const auto map = CrossAttention{uneven}.linearize(f, tangent, context);
  CHECK(map.draws() == 0);
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) {
      CHECK(map.forward()(i, j) == Approx(0.84 * memory.normalized(i / 3, j / 3)));
      CHECK(map.tangent()(i, j) == Approx(0.84 * memory.tangent(i / 3, j / 3)));
    }
}

TEST_CASE("encoder and decoder must have as many samples", "[layer]") {
  const Memory<double> memory{{2, 1}, random_correlation(2, 2, 1), random_kernel(2, 2, 2)};
  const DecoderContext<double, RowPair> context{{{1, 3}, RowPair(), Stream(4)}, memory};
  const Matrix<double> f = random_correlation(3, 3, 3);
  CHECK_THROWS_WITH((CrossAttention{uneven}.linearize(f, f, context)),
                    "attention: queries have 1 samples and keys 2");
}
