// SPDX-License-Identifier: MIT
#include "widthwise/network/propagate.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("the seed fixes the digits, whatever the number of threads", "[network]") {
  FlowOptions<> options;
  options.tolerance = 0.05;
  options.seed = 5;
  options.threads = 1;
  const auto one = propagate(small_language(), small_tokens(), options);
  options.threads = 3;
  const auto three = propagate(small_language(), small_tokens(), options);
  CHECK(one.output_tangent.value == three.output_tangent.value);
  CHECK(one.output_tangent.standard_error == three.output_tangent.standard_error);
  for (std::size_t i = 0; i < one.groups.size(); ++i)
    CHECK(one.groups[i].tangent.value == three.groups[i].tangent.value);
  options.seed = 6;
  CHECK(propagate(small_language(), small_tokens(), options).output_tangent.value !=
        one.output_tangent.value);
}

TEST_CASE("the tolerance is kept, or the flow says that it stopped short", "[network]") {
  FlowOptions<> options;
  for (const double tolerance : {0.1, 0.01}) {
    options.tolerance = tolerance;
    const auto flow = propagate(small_vision(), small_patches(), options);
    CHECK(flow.converged);
    CHECK(flow.forward_error > 0);
    CHECK(flow.forward_error <= tolerance);
    CHECK(flow.tangent_error <= tolerance);
  }
  options.tolerance = 1e-6;
  options.max_draws = 160;
  const auto flow = propagate(small_vision(), small_patches(), options);
  CHECK_FALSE(flow.converged);
  CHECK(flow.draws * flow.replicates <= 160);
  CHECK(2 * flow.draws * flow.replicates > 160);
}

TEST_CASE("standard errors are true: two flows differ by as much as they say", "[network]") {
  FlowOptions<> options;
  options.tolerance = 0.02;
  options.seed = 1;
  const auto reference = propagate(small_vision(), small_patches(), [] {
    FlowOptions<> fine;
    fine.tolerance = 1e-3;
    return fine;
  }());
  Index outside = 0, entries = 0;
  for (options.seed = 100; options.seed < 140; ++options.seed) {
    const auto flow = propagate(small_vision(), small_patches(), options);
    for (const auto& [block, exact] : {std::pair(flow.output_tangent, reference.output_tangent),
                                       std::pair(flow.blocks[4].tangent, reference.blocks[4].tangent),
                                       std::pair(flow.blocks[4].forward, reference.blocks[4].forward)})
      for (Index i = 0; i < block.value.rows(); ++i)
        for (Index j = 0; j <= i; ++j) {
          ++entries;
          if (std::abs(block.value(i, j) - exact.value(i, j)) > 2 * block.standard_error(i, j)) ++outside;
        }
  }
  // Student's t with 15 degrees of freedom lies beyond 2 with a probability of 6.4 %; entries of a flow are
  // correlated.
  const double fraction = static_cast<double>(outside) / static_cast<double>(entries);
  CHECK(fraction > 0.02);
  CHECK(fraction < 0.11);
}

TEST_CASE("exact flows have no error and take no draws", "[network]") {
  const Patches<double> one_token{{4, 1}, normal_matrix(4, 5, 1)};
  const Transformer network{Sizes{32, 4}, PatchStem{.coefficients = {}, .inputs = 5, .tokens = 1},
                            chain(Residual{LayerNorm{}, SelfAttention{}}), LinearHead{.outputs = 3}};
  const auto flow = propagate(network, one_token);
  CHECK(flow.converged);
  CHECK(flow.forward_error == 0);
  CHECK(flow.draws == 0);
  CHECK(flow.replicates == 1);
  CHECK(flow.output_forward.value.rows() == 4);
}

TEMPLATE_TEST_CASE("flows are computed in the scalar of the patches, or the one named", "[network]", float,
                   long double) {
  const Patches<double> input{{2, 2}, normal_matrix(4, 5, 1)};  // two tokens: exact in every scalar
  const Transformer network{
      Sizes{32, 4}, PatchStem{.coefficients = {}, .inputs = 5, .tokens = 2},
      chain(Residual{LayerNorm{1e-3}, SelfAttention{}}, Residual{LayerNorm{1e-3}, Mlp{Gelu{}, {}}}),
      LinearHead{.outputs = 3, .norm = LayerNorm{1e-3}}};
  const auto reference = propagate(network, input);
  const auto flow = propagate(network, Patches<TestType>{input.layout, input.values.cast<TestType>()});
  static_assert(std::is_same_v<decltype(flow), const Flow<TestType>>);
  CHECK(distance<double>(flow.output_tangent.value.template cast<double>(), reference.output_tangent.value) <
        std::max(1e-11, 100 * static_cast<double>(std::numeric_limits<TestType>::epsilon())));
  const auto tokens = propagate<float>(small_language(), TokenIds{{1, 1}, {3}});
  static_assert(std::is_same_v<decltype(tokens), const Flow<float>>);
}

TEST_CASE("groups and shares are found by name", "[network]") {
  FlowOptions<> options;
  options.tolerance = 0.1;
  const auto flow = propagate(small_language(), small_tokens(), options);
  CHECK(flow.share("block2.Q").value > 0);
  CHECK(flow.group("WE").parameters == 640);
  CHECK_THROWS_WITH(flow.share("block3.Q"), "the flow has no group \"block3.Q\"");
  CHECK(flow.groups.front().name == "WE");
  CHECK(flow.groups.back().name == "block5.X");
  REQUIRE(flow.blocks.size() == 6);
  CHECK(flow.blocks[0].kind == "stem");
  CHECK(flow.blocks[1].kind == "attention");
  CHECK(flow.blocks[2].kind == "mlp");
  CHECK(flow.blocks[5].kind == "head");
}

TEST_CASE("progress is reported up to the end", "[network]") {
  FlowOptions<> options;
  options.tolerance = 1e-3;
  options.engine = RowPair(2);  // not enough
  FlowProgress last;
  options.progress = [&](const FlowProgress& progress) {
    CHECK(progress.round >= last.round);
    if (progress.round > last.round) CHECK(last.done == last.total);
    last = progress;
  };
  propagate(small_vision(), small_patches(), options);
  CHECK(last.round > 0);
  CHECK(last.done == last.total);
}

TEST_CASE("input that does not fit the network is refused", "[network]") {
  CHECK_THROWS_WITH(propagate(small_vision(), small_tokens()),
                    ContainsSubstring("does not take this kind of input"));
  CHECK_THROWS_WITH(propagate(small_language(), small_patches()),
                    ContainsSubstring("does not take this kind of input"));
  FlowOptions<> options;
  options.tolerance = 0;
  CHECK_THROWS_WITH(propagate(small_vision(), small_patches(), options),
                    "tolerance is 0 but should be positive");
  options.tolerance = std::nan("");
  CHECK_THROWS_WITH(propagate(small_vision(), small_patches(), options),
                    "tolerance is nan but should be positive");
  options.tolerance = 1;
  options.max_draws = 3;
  CHECK_THROWS_WITH(propagate(small_vision(), small_patches(), options),
                    "max_draws is 3 but should be at least 6");
}
