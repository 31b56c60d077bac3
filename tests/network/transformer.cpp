// SPDX-License-Identifier: MIT
#include "widthwise/network/transformer.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("networks know their depth, pooling and learning rates", "[network]") {
  const auto network = small_vision(Pool::class_token, {{"Q", 2}});
  CHECK(network.depth() == 6);
  CHECK(network.pool() == Pool::class_token);
  CHECK(network.learning_rate("Q") == 2);
  CHECK(network.learning_rate("K") == 1);
}

TEST_CASE("sizes and settings that make no network are refused", "[network]") {
  const auto make = [](Sizes sizes, std::variant<PatchStem, TokenStem> stem,
                       std::variant<LinearHead, TiedHead> head, LearningRates rates = {}) {
    return Transformer{sizes, stem, chain(Residual{LayerNorm{}, SelfAttention{}}), head, rates};
  };
  CHECK_NOTHROW(make({12, 4}, PatchStem{}, LinearHead{}));
  CHECK_THROWS_WITH(make({12, 5}, PatchStem{}, LinearHead{}), "heads: 5 heads do not divide the width 12");
  CHECK_THROWS_WITH(make({0, 1}, PatchStem{}, LinearHead{}), "width is 0 but should be at least 1");
  CHECK_THROWS_WITH(make({12, 4}, PatchStem{}, TiedHead{}), "head: a tied head needs a token stem");
  CHECK_THROWS_WITH(make({12, 4}, PatchStem{}, LinearHead{.pool = Pool::class_token}),
                    "pool: class pooling needs a stem with a class token");
  CHECK_THROWS_WITH(make({12, 4}, PatchStem{}, LinearHead{}, {{"Q", -1}}),
                    "learning rate of Q is -1 but should be finite and not negative");
}
