// SPDX-License-Identifier: MIT
#include "widthwise/kernel/parallel.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("results are folded in order, whatever the number of threads", "[kernel]") {
  const int threads = GENERATE(0, 1, 2, 5, 100);
  std::vector<Index> order;
  parallel_fold(
      40, threads, [](Index i) { return i * i; },
      [&](Index i, Index square) {
        CHECK(square == i * i);
        order.push_back(i);
      });
  REQUIRE(order.size() == 40);
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == static_cast<Index>(i));
}

TEST_CASE("nothing to do is fine", "[kernel]") {
  parallel_fold(
      0, 4, [](Index i) { return i; }, [](Index, Index) { FAIL("no work was asked for"); });
}

TEST_CASE("an exception ends the work and comes out", "[kernel]") {
  const int threads = GENERATE(1, 4);
  Index folded = 0;
  const auto compute = [](Index i) {
    if (i == 5) throw std::runtime_error("five");
    return i;
  };
  CHECK_THROWS_WITH(parallel_fold(1000, threads, compute, [&](Index, Index) { ++folded; }), "five");
  CHECK(folded <= 5);
}
