// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

namespace detail {

template <class Variant, class... Ts>
struct UniqueVariant {
  using type = Variant;
};
template <class... Seen, class T, class... Rest>
struct UniqueVariant<std::variant<Seen...>, T, Rest...> {
  using type = typename UniqueVariant<
      std::conditional_t<(std::is_same_v<Seen, T> || ...), std::variant<Seen...>, std::variant<Seen..., T>>,
      Rest...>::type;
};

/// std::variant of the given types, each named once.
template <class... Ts>
using unique_variant = typename UniqueVariant<std::variant<>, Ts...>::type;

template <class T>
inline constexpr bool is_variant = false;
template <class... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

/// Calls f with what a variant holds, or with the object itself.
template <class T, class F>
decltype(auto) visit_one(const T& object, F&& f) {
  if constexpr (is_variant<T>)
    return std::visit(std::forward<F>(f), object);
  else
    return std::forward<F>(f)(object);
}

}  // namespace detail

/// Residual blocks one after the other; `Block` is a variant of the types that occur.
template <class Block>
struct Blocks {
  std::vector<Block> sequence;
};

namespace detail {

template <class T>
struct BlockTypes {
  using type = std::variant<T>;
};
template <class... Ts>
struct BlockTypes<std::variant<Ts...>> {
  using type = std::variant<Ts...>;
};
template <class... Ts>
struct BlockTypes<Blocks<std::variant<Ts...>>> {
  using type = std::variant<Ts...>;
};

template <class... Variants>
struct JoinVariants;
template <class... Ts>
struct JoinVariants<std::variant<Ts...>> {
  using type = unique_variant<Ts...>;
};
template <class... As, class... Bs, class... Rest>
struct JoinVariants<std::variant<As...>, std::variant<Bs...>, Rest...> {
  using type = typename JoinVariants<std::variant<As..., Bs...>, Rest...>::type;
};

template <class Block, class Part>
void append(std::vector<Block>& sequence, const Part& part) {
  visit_one(part, [&](const auto& held) { sequence.push_back(held); });
}
template <class Block, class Other>
void append(std::vector<Block>& sequence, const Blocks<Other>& part) {
  for (const auto& block : part.sequence) append(sequence, block);
}

}  // namespace detail

/// The given blocks, or sequences of blocks, in order.
template <class... Parts>
auto chain(const Parts&... parts) {
  using Block = typename detail::JoinVariants<typename detail::BlockTypes<Parts>::type...>::type;
  Blocks<Block> blocks;
  (detail::append(blocks.sequence, parts), ...);
  return blocks;
}

/// `times` copies of a block, or of a sequence of blocks. Throws std::invalid_argument for a negative number.
template <class Part>
auto repeat(Index times, const Part& part) {
  if (times < 0) detail::reject("repeat: times is ", times, " but should not be negative");
  auto blocks = chain(part);
  const auto once = blocks.sequence;
  blocks.sequence.clear();
  for (Index i = 0; i < times; ++i) blocks.sequence.insert(blocks.sequence.end(), once.begin(), once.end());
  return blocks;
}

}  // namespace widthwise
