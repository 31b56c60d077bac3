// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace widthwise {

/// A seed with a path: every independent piece of random work takes its own child, so that the digits depend
/// on the seed and on what is computed, never on the order or the number of threads.
class Stream {
 public:
  constexpr explicit Stream(std::uint64_t seed = 0) : key_(mix(seed)) {}

  /// The stream of the given piece of work below this one.
  constexpr Stream child(std::uint64_t index) const {
    Stream stream;
    stream.key_ = mix(key_ ^ mix(index + 0x9e3779b97f4a7c15u));
    return stream;
  }

  /// 64 well mixed bits that seed a generator.
  constexpr std::uint64_t key() const { return key_; }

 private:
  // The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection whose output bits look independent.
  static constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }

  std::uint64_t key_;
};

}  // namespace widthwise
