// SPDX-License-Identifier: MIT
#include "flow/memory.hpp"

#include "support/catch.hpp"

using namespace widthwise;
using namespace widthwise::program;

TEST_CASE("memory grows with the square of rows and with threads, up to one for each replicate") {
  const double one = flow_bytes({1, 196}, 26, 1);
  CHECK(one > 100e6);  // measured: 135 MB with one thread
  CHECK(one < 150e6);
  CHECK(flow_bytes({1, 196}, 26, 2) == Approx(1.5 * one));
  CHECK(flow_bytes({3, 196}, 26, 1) == Approx(9 * one));
  CHECK(flow_bytes({1, 196}, 26, 100) == flow_bytes({1, 196}, 26, 6));
  CHECK(flow_bytes({1, 196}, 26, 0) >= one);
  CHECK(flow_bytes({1'000'000'000, 1'000'000'000}, 10'000, 16) > 1e40);
}

TEST_CASE("a flow that this machine cannot hold is refused before it starts") {
  CHECK_NOTHROW(require_memory({1, 196}, 26, 1, 1e9));
  CHECK_THROWS_WITH(
      require_memory({100, 196}, 26, 1, 8.0 * (1 << 30)),
      "100 samples of 196 tokens would need about 1,191 GiB of memory, but this machine has 8; fewer "
      "samples or threads need less");
  CHECK(machine_memory() > 1e8);
}
