// SPDX-License-Identifier: MIT
#include "widthwise/network/blocks.hpp"

#include <string>

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("chains hold the types that occur, each once, in order", "[network]") {
  const auto pair = chain(1, std::string("two"));
  const auto blocks = chain(repeat(2, pair), 3, pair);
  static_assert(std::is_same_v<decltype(blocks), const Blocks<std::variant<int, std::string>>>);
  REQUIRE(blocks.sequence.size() == 7);
  CHECK(std::get<int>(blocks.sequence[0]) == 1);
  CHECK(std::get<std::string>(blocks.sequence[3]) == "two");
  CHECK(std::get<int>(blocks.sequence[4]) == 3);
  CHECK(std::get<std::string>(blocks.sequence[6]) == "two");
}

TEST_CASE("a block of several possible types joins a chain as what it holds", "[network]") {
  const std::variant<int, std::string> any = std::string("text");
  const auto blocks = chain(any, 4);
  REQUIRE(blocks.sequence.size() == 2);
  CHECK(std::get<std::string>(blocks.sequence[0]) == "text");
}

TEST_CASE("nothing may be repeated a negative number of times", "[network]") {
  CHECK(repeat(0, 5).sequence.empty());
  CHECK_THROWS_WITH(repeat(-1, 5), "repeat: times is -1 but should not be negative");
}
