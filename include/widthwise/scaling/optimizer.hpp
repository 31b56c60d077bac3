// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string_view>

#include "widthwise/scaling/parameter_group.hpp"

namespace widthwise {

/// Turns the size of a group's gradient into the learning rate that moves the output by order one.
///
/// The group's `order` and `active` are all that the two optimizers below read; one that acts on whole
/// matrices finds their shape there too.
template <class T>
concept Optimizer = std::copyable<T> && requires(const T& optimizer, const ParameterGroup& group) {
  { optimizer.name() } -> std::convertible_to<std::string_view>;
  { optimizer.learning_rate(group) } -> std::same_as<Monomial>;
};

/// An optimizer that says how its steps follow a multiplier θ on a parameter: learning rates go by
/// θ^(−gauge_power).
template <class T>
concept GaugedOptimizer = Optimizer<T> && requires {
  { T::gauge_power() } -> std::same_as<int>;
};

/// Stochastic gradient descent, with momentum or without: λ = 1/order (theory §5; Eqs. 1.99–1.107).
struct Sgd {
  static constexpr std::string_view name() { return "sgd"; }
  /// Gradients grow by the multiplier while steps must shrink by it.
  static constexpr int gauge_power() { return 2; }

  static Monomial learning_rate(const ParameterGroup& group) { return Monomial{} / group.order; }
};

/// AdamW: λ̃ = √(order/active)/order, for its step divides the gradient by its own size (theory §5;
/// Eqs. 1.108–1.116).
struct AdamW {
  static constexpr std::string_view name() { return "adamw"; }
  /// Steps do not see the size of the gradient.
  static constexpr int gauge_power() { return 1; }

  static Monomial learning_rate(const ParameterGroup& group) {
    return sqrt(group.order / group.active) / group.order;
  }
};

}  // namespace widthwise
