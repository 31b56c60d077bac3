// SPDX-License-Identifier: MIT
#include "widthwise/random/philox.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace widthwise;

namespace {

using Words = std::vector<std::uint32_t>;

Words philox(const Words& counter, std::uint32_t key0, std::uint32_t key1) {
  std::uint32_t words[4][1] = {{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}};
  detail::philox(words, key0, key1);
  return {words[0][0], words[1][0], words[2][0], words[3][0]};
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the known answers of Random123", "[random]") {
  // The lines "philox4x32 10" of its file kat_vectors.
  CHECK(philox({0, 0, 0, 0}, 0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, ones, ones) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("blocks hold the words of their counters under the stream's key", "[random]") {
  const Stream stream(7);
  const auto low = static_cast<std::uint32_t>(stream.key()),
             high = static_cast<std::uint32_t>(stream.key() >> 32);
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{3}, (std::uint64_t{5} << 32) - 1}) {
    const PhiloxBlock block = philox_block(stream, index);
    for (std::size_t l = 0; l < 64; ++l) {
      const std::uint64_t counter = 64 * index + l;
      const Words expected = philox(
          {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0, 0}, low, high);
      CHECK(Words{block[l], block[64 + l], block[128 + l], block[192 + l]} == expected);
    }
  }
  STATIC_REQUIRE(philox_block(Stream(1), 0) != philox_block(Stream(2), 0));
}
