// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <random>
#include <ranges>
#include <type_traits>

#include "widthwise/scaling/distribution.hpp"

namespace widthwise {

/// What a tensor can hold: a floating-point number, or a type of the user's that is made from a float, such
/// as bfloat16.
template <class T>
concept Weight = std::floating_point<T> ||(!std::is_arithmetic_v<T> && std::constructible_from<T, float>);

namespace detail {

inline void require_deviation(double deviation) {
  if (!(deviation >= 0 && deviation <= std::numeric_limits<double>::max()))
    reject("a standard deviation must be a number that is not negative, but is ", deviation);
}

template <Weight T>
T rounded(double value) {
  if constexpr (std::floating_point<T>)
    return static_cast<T>(value);
  else
    return T(static_cast<float>(value));
}

}  // namespace detail

/// Fills contiguous memory with independent values of mean zero and the given standard deviation.
///
/// The deviation is that of the values themselves, after any truncation. The generator goes on from where it
/// was, so that the tensors of a model can be filled one after the other. Throws std::invalid_argument where
/// the deviation is negative or not finite.
template <std::ranges::contiguous_range Range, Distribution Law>
requires Weight<std::ranges::range_value_t<Range>> &&
    std::ranges::output_range<Range, std::ranges::range_value_t<Range>>
void initialize(Range&& values, const Law& law, double standard_deviation, std::mt19937_64& generator) {
  using T = std::ranges::range_value_t<Range>;
  detail::require_deviation(standard_deviation);
  for (T& value : values) value = detail::rounded<T>(standard_deviation * law(generator));
}

/// The same from a seed, which fixes the digits.
template <std::ranges::contiguous_range Range, Distribution Law>
requires Weight<std::ranges::range_value_t<Range>> &&
    std::ranges::output_range<Range, std::ranges::range_value_t<Range>>
void initialize(Range&& values, const Law& law, double standard_deviation, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  initialize(values, law, standard_deviation, generator);
}

}  // namespace widthwise
