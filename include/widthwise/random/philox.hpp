// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "widthwise/random/stream.hpp"

namespace widthwise {

namespace detail {

/// Ten rounds of Philox4x32 (Salmon, Moraes, Dror, Shaw 2011) on several counters at once, in place:
/// `counters[w][l]` is word w of counter l.
template <std::size_t Lanes>
constexpr void philox(std::uint32_t (&counters)[4][Lanes], std::uint32_t key0, std::uint32_t key1) {
  auto& [c0, c1, c2, c3] = counters;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t l = 0; l < Lanes; ++l) {
      const std::uint64_t even = std::uint64_t{c0[l]} * 0xD2511F53u, odd = std::uint64_t{c2[l]} * 0xCD9E8D57u;
      c0[l] = static_cast<std::uint32_t>(odd >> 32) ^ c1[l] ^ key0;
      c1[l] = static_cast<std::uint32_t>(odd);
      c2[l] = static_cast<std::uint32_t>(even >> 32) ^ c3[l] ^ key1;
      c3[l] = static_cast<std::uint32_t>(even);
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

}  // namespace detail

/// A block of random digits: 256 numbers of 32 bits.
using PhiloxBlock = std::array<std::uint32_t, 256>;

/// Block `index` of a stream's digits: any block by itself, in vector arithmetic, the same on every machine.
///
/// They are the words of Philox4x32-10 under the stream's key at the counters 64 · index + 0 … 63, the first
/// words of all counters first.
constexpr PhiloxBlock philox_block(const Stream& stream, std::uint64_t index) {
  constexpr std::size_t lanes = std::tuple_size_v<PhiloxBlock> / 4;
  std::uint32_t counters[4][lanes] = {};
  for (std::size_t l = 0; l < lanes; ++l) {
    const std::uint64_t counter = index * lanes + l;
    counters[0][l] = static_cast<std::uint32_t>(counter);
    counters[1][l] = static_cast<std::uint32_t>(counter >> 32);
  }
  detail::philox(counters, static_cast<std::uint32_t>(stream.key()),
                 static_cast<std::uint32_t>(stream.key() >> 32));
  PhiloxBlock digits{};
  for (std::size_t w = 0; w < 4; ++w)
    for (std::size_t l = 0; l < lanes; ++l) digits[w * lanes + l] = counters[w][l];
  return digits;
}

}  // namespace widthwise
