// SPDX-License-Identifier: MIT
#include "widthwise/attention/mask.hpp"

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("masks say what a query sees", "[attention]") {
  CHECK(Mask::none().visible(0, 5));
  CHECK(Mask::causal().visible(2, 2));
  CHECK_FALSE(Mask::causal().visible(2, 3));
  CHECK(Mask::causal().count(2, 5) == 3);
  CHECK(Mask::none().count(2, 5) == 5);

  Mask::Visible visible = Mask::Visible::Constant(2, 3, false);
  visible(0, 1) = visible(1, 0) = visible(1, 2) = true;
  const Mask custom = Mask::custom(visible);
  CHECK(custom.visible(0, 1));
  CHECK_FALSE(custom.visible(0, 2));
  CHECK(custom.count(1, 3) == 2);
  CHECK_FALSE(custom.same_for_all(2, 3));
  CHECK(custom.same_for_all(1, 3));
  visible.row(1) = visible.row(0);
  CHECK(Mask::custom(visible).same_for_all(2, 3));
}

TEST_CASE("masks that make no sense are refused", "[attention]") {
  Mask::Visible visible = Mask::Visible::Constant(2, 3, true);
  CHECK_THROWS_WITH(Mask::custom(visible).require_shape(3, 3),
                    "mask is made for 2 queries and 3 keys, but there are 3 and 3");
  CHECK_THROWS_WITH(Mask::causal().require_shape(3, 4),
                    "a causal mask needs as many keys as queries, but there are 4 and 3");
  const TokenLayout whole{2, 3}, cut = TokenLayout::of_lengths({3, 2});
  CHECK_NOTHROW(Mask::causal().require_fit(cut, cut));
  CHECK_THROWS_WITH(Mask::causal().require_fit(whole, cut),
                    "a causal mask needs as many keys as queries, but there are 2 and 3");
  CHECK_THROWS_WITH(Mask::none().require_fit(whole, {1, 3}), "attention: queries have 2 samples and keys 1");
  Mask::Visible last = Mask::Visible::Constant(3, 3, true);
  last.topLeftCorner(1, 2).setConstant(false);
  CHECK_NOTHROW(Mask::custom(last).require_fit(whole, whole));
  CHECK_THROWS_WITH(Mask::custom(last).require_fit(cut, cut),
                    "mask: query 0 sees none of the 2 keys of sample 1");

  visible.row(1).setConstant(false);
  CHECK_THROWS_WITH(Mask::custom(visible), "mask: query 1 sees no key");
}
