// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <utility>

#include "widthwise/layer/head.hpp"
#include "widthwise/layer/mlp.hpp"
#include "widthwise/layer/patch_stem.hpp"
#include "widthwise/layer/residual.hpp"
#include "widthwise/layer/self_attention.hpp"
#include "widthwise/layer/token_stem.hpp"
#include "widthwise/network/blocks.hpp"

namespace widthwise {

/// Λ_G, the order-one learning-rate coefficient of a parameter group by its name ("patch", "Q", …); 1 where
/// not set.
using LearningRates = std::map<std::string, double, std::less<>>;

namespace detail {

inline void require_sizes(const Sizes& sizes) {
  if (sizes.width < 1) reject("width is ", sizes.width, " but should be at least 1");
  if (sizes.heads < 1 || sizes.width % sizes.heads != 0)
    reject("heads: ", sizes.heads, " heads do not divide the width ", sizes.width);
}

inline void require_rates(const LearningRates& rates) {
  for (const auto& [group, rate] : rates)
    if (!(rate >= 0 && rate <= std::numeric_limits<double>::max()))
      reject("learning rate of ", group, " is ", rate, " but should be finite and not negative");
}

/// Λ of the group of that name.
inline double rate_of(const LearningRates& rates, std::string_view group) {
  const auto found = rates.find(group);
  return found == rates.end() ? 1.0 : found->second;
}

template <class Head, class Stem>
concept FitsStem = requires(const Head& head, const Stem& stem, const Matrix<double>& kernel,
                            const FlowContext<int>& context) {
  head.linearize(stem, kernel, kernel, context);
};

}  // namespace detail

/// A pre-norm Transformer: stem, residual blocks, head.
///
/// Composed in code from types (`Transformer{sizes, stem, chain(…), head}`), or made at run time from
/// variants of them. Throws std::invalid_argument where sizes or coefficients make no network.
template <class Stem, class Block, class Head>
struct Transformer {
  Sizes sizes;
  Stem stem;
  Blocks<Block> blocks;
  Head head;
  LearningRates learning_rates = {};

  Transformer(Sizes network_sizes, Stem network_stem, Blocks<Block> network_blocks, Head network_head,
              LearningRates rates = {})
      : sizes(network_sizes),
        stem(std::move(network_stem)),
        blocks(std::move(network_blocks)),
        head(std::move(network_head)),
        learning_rates(std::move(rates)) {
    if constexpr (!detail::is_variant<Stem> && !detail::is_variant<Head>)
      static_assert(detail::FitsStem<Head, Stem>, "a tied head needs a token stem");
    require_valid();
  }

  /// Number of blocks as the paper counts them: stem, residual blocks, head.
  Index depth() const { return static_cast<Index>(blocks.sequence.size()) + 2; }

  /// Blocks that are linearized, the head among them.
  Index maps() const { return depth() - 1; }

  /// How the head's rows become outputs.
  Pool pool() const {
    return detail::visit_one(head, [](const auto& held) { return held.pool; });
  }

  /// Λ of the group of that name.
  double learning_rate(std::string_view group) const { return detail::rate_of(learning_rates, group); }

 private:
  void require_valid() const {
    detail::require_sizes(sizes);
    detail::require_rates(learning_rates);
    const bool class_token = detail::visit_one(stem, [](const auto& held) {
      if constexpr (requires { held.coefficients.class_token; })
        return held.coefficients.class_token.has_value();
      else
        return false;
    });
    if (pool() == Pool::class_token && !class_token)
      detail::reject("pool: class pooling needs a stem with a class token");
    detail::visit_one(stem, [&](const auto& held_stem) {
      detail::visit_one(head, [&]<class HeldHead>(const HeldHead&) {
        if constexpr (!detail::FitsStem<HeldHead, std::decay_t<decltype(held_stem)>>)
          detail::reject("head: a tied head needs a token stem");
      });
    });
  }
};

template <class Stem, class Block, class Head>
Transformer(Sizes, Stem, Blocks<Block>, Head, LearningRates) -> Transformer<Stem, Block, Head>;
template <class Stem, class Block, class Head>
Transformer(Sizes, Stem, Blocks<Block>, Head) -> Transformer<Stem, Block, Head>;

}  // namespace widthwise
