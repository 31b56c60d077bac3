// SPDX-License-Identifier: MIT
#include "widthwise/random/stream.hpp"

#include <set>

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("streams depend on the seed and the path, and on nothing else", "[random]") {
  STATIC_REQUIRE(Stream(1).key() == Stream(1).key());
  CHECK(Stream(1).child(2).child(3).key() == Stream(1).child(2).child(3).key());

  std::set<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    keys.insert(Stream(seed).key());
    for (std::uint64_t a = 0; a < 20; ++a) {
      keys.insert(Stream(seed).child(a).key());
      for (std::uint64_t b = 0; b < 20; ++b) keys.insert(Stream(seed).child(a).child(b).key());
    }
  }
  CHECK(keys.size() == 50 * (1 + 20 + 400));
}
