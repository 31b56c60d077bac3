// SPDX-License-Identifier: MIT
#include "widthwise/network/propagate_gram.hpp"

#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

GramOptions<> settings(double tolerance, Index side) {
  GramOptions<> options;
  options.tolerance = tolerance;
  options.side = side;
  options.seed = 3;
  return options;
}

Patches<double> five_images() {
  Patches<double> input = small_patches(5);
  input.values.middleRows(9, 3) = input.values.middleRows(0, 3);  // the fourth is the first again
  return input;
}

// Entries that differ by more than `bound` joint standard errors, and by more than rounding.
Index outside(const Estimate<Matrix<double>>& a, const Estimate<Matrix<double>>& b, double bound) {
  Index count = 0;
  for (Index i = 0; i < a.value.size(); ++i)
    if (std::abs(a.value(i) - b.value(i)) >
        bound * std::hypot(a.standard_error(i), b.standard_error(i)) + 1e-12)
      ++count;
  return count;
}

}  // namespace

TEST_CASE("tiles give what one joint flow gives, within joint standard errors", "[network]") {
  FlowOptions<RowPair> joint;
  joint.tolerance = 5e-3;
  joint.seed = 8;
  for (const Pool pool : {Pool::mean, Pool::none}) {
    const auto network = small_vision(pool);
    const auto flow = propagate(network, five_images(), joint);
    const auto gram = propagate_gram(network, five_images(), settings(5e-3, 2));
    CHECK(gram.converged());
    REQUIRE(gram.forward().value.rows() == flow.output_forward.value.rows());
    CHECK(outside(gram.forward(), flow.output_forward, 4.5) == 0);
    CHECK(outside(gram.tangent(), flow.output_tangent, 4.5) == 0);
    CHECK(relative_error(gram.tangent()) > 0);
    CHECK(relative_error(gram.tangent()) <= 5e-3);
  }
}

TEST_CASE("more rows than the input has dimensions make no tile fail", "[network]") {
  // Samples share their positions: without the noise of sampling, the kernel has the rank 4 + 6 of 36 rows.
  const Patches<double> input{{6, 6}, normal_matrix(36, 4, 5)};
  const LayerNorm norm{1e-6};
  const Transformer network{
      Sizes{32, 4}, PatchStem{.coefficients = {.patch = 1, .position = 4e-4}, .inputs = 4, .tokens = 6},
      repeat(2, chain(Residual{norm, SelfAttention{}}, Residual{norm, Mlp{Relu{}, {}}})),
      LinearHead{.outputs = 3, .norm = norm}};
  FlowOptions<MatrixNormal> judge;
  judge.tolerance = 1e-2;
  const auto flow = propagate(network, input, judge);
  const auto gram = propagate_gram(network, input, settings(1e-2, 2));
  CHECK(outside(gram.forward(), flow.output_forward, 4.5) == 0);
  CHECK(outside(gram.tangent(), flow.output_tangent, 4.5) == 0);
}

TEST_CASE("where nothing is sampled, tiles of any side are exact", "[network]") {
  const Patches<double> input{{5, 2}, normal_matrix(10, 5, 1)};  // two tokens are taken by quadrature
  const Transformer network{
      Sizes{32, 4}, PatchStem{.coefficients = {}, .inputs = 5, .tokens = 2},
      chain(Residual{LayerNorm{1e-3}, SelfAttention{}}, Residual{LayerNorm{1e-3}, Mlp{Gelu{}, {}}}),
      LinearHead{.outputs = 3}};
  const auto flow = propagate(network, input);
  for (const Index side : {1, 2, 5, 9}) {
    const auto gram = propagate_gram(network, input, settings(1e-3, side));
    CHECK(distance(gram.forward().value, flow.output_forward.value) < 1e-12);
    CHECK(distance(gram.tangent().value, flow.output_tangent.value) < 1e-12);
    CHECK(gram.forward().standard_error.isZero(0));
    CHECK(gram.tangent().standard_error.isZero(0));
  }
}

TEST_CASE("samples of different lengths have a Gram matrix of pooled outputs", "[network]") {
  auto network = small_language();
  const TokenIds input{TokenLayout::of_lengths({2, 1, 2, 1}), {5, 2, 7, 5, 5, 2}};  // exact
  CHECK_THROWS_WITH(
      propagate_gram(network, input, settings(1e-3, 1)),
      "samples have different lengths, and without pooling their outputs too: a Gram matrix needs "
      "as many outputs of each");
  network.head.pool = Pool::mean;
  const auto flow = propagate(network, input);
  CHECK(flow.output_forward.value.rows() == 4);
  for (const Index side : {1, 3}) {
    const auto gram = propagate_gram(network, input, settings(1e-3, side));
    CHECK(distance(gram.forward().value, flow.output_forward.value) < 1e-12);
    CHECK(distance(gram.tangent().value, flow.output_tangent.value) < 1e-12);
  }
}

TEST_CASE("Gram matrices are positive semidefinite up to their errors", "[network]") {
  const auto gram = propagate_gram(small_vision(), five_images(), settings(1e-2, 1));
  // Noise of independent entries moves eigenvalues by no more than its Frobenius norm.
  for (const auto* kernel : {&gram.forward(), &gram.tangent()}) {
    CHECK(kernel->value == kernel->value.transpose());
    CHECK(least_eigenvalue(kernel->value) > -2 * kernel->standard_error.norm());
  }
}

TEST_CASE("a Gram matrix has the same digits for any threads and from any tile on", "[network]") {
  auto options = settings(0.02, 2);
  options.threads = 1;
  std::vector<GramBlock<double>> one;
  propagate_gram(small_language(), TokenIds{{3, 3}, {5, 2, 5, 7, 1, 2, 3, 2, 19}}, options,
                 [&](const GramBlock<double>& block) { one.push_back(block); });
  REQUIRE(one.size() == 3);
  for (const int threads : {2, 7})
    for (options.first_tile = 0; options.first_tile <= 3; ++options.first_tile) {
      options.threads = threads;
      Index next = options.first_tile;
      propagate_gram(small_language(), TokenIds{{3, 3}, {5, 2, 5, 7, 1, 2, 3, 2, 19}}, options,
                     [&](const GramBlock<double>& block) {
                       CHECK(block.tile.index == next);
                       const auto& same = one[static_cast<std::size_t>(next++)];
                       CHECK(block.tangent.value == same.tangent.value);
                       CHECK(block.forward.standard_error == same.forward.standard_error);
                       CHECK(block.draws == same.draws);
                     });
      CHECK(next == 3);
    }
  CHECK(one[1].outputs() == 3);  // not pooled
  CHECK(one[1].forward.value.rows() == 6);
  CHECK(one[1].forward.value.cols() == 3);
  options.first_tile = 0;
  options.seed = 4;
  CHECK(propagate_gram(small_language(), TokenIds{{1, 3}, {5, 2, 5}}, options).tangent().value !=
        one[0].tangent.value.topLeftCorner(3, 3));
}

TEST_CASE("what a visitor throws ends the work", "[network]") {
  auto options = settings(0.1, 1);
  Index visited = 0;
  CHECK_THROWS_AS(propagate_gram(small_vision(), small_patches(3), options,
                                 [&](const GramBlock<double>&) {
                                   if (++visited == 2) throw std::runtime_error("enough");
                                 }),
                  std::runtime_error);
  CHECK(visited == 2);
}

TEST_CASE("Gram matrices refuse what makes no sense", "[network]") {
  auto options = settings(0.1, -1);
  CHECK_THROWS_WITH(propagate_gram(small_vision(), small_patches(), options),
                    "side is -1 but should be at least 0");
  options.side = 1;
  options.first_tile = 4;
  const auto ignore = [](const GramBlock<double>&) {
  };
  CHECK_THROWS_WITH(propagate_gram(small_vision(), small_patches(), options, ignore),
                    "first_tile is 4 but should be from 0 to 3");
  CHECK_THROWS_WITH(propagate_gram(small_vision(), small_patches(), options),
                    "first_tile is 4, but whole matrices need all");
  options.first_tile = 3;
  CHECK_NOTHROW(propagate_gram(small_vision(), small_patches(), options, ignore));
  options.first_tile = 0;
  Patches<double> wrong = small_patches();
  wrong.layout.samples = 3;
  CHECK_THROWS_WITH(propagate_gram(small_vision(), wrong, options),
                    "the input has 6 rows, but 3 samples of 3 tokens were announced");
  CHECK_THROWS_WITH(propagate_gram(small_language(), small_patches(), options),
                    ContainsSubstring("does not take this kind of input"));
}
