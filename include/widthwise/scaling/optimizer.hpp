// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string_view>

#include "widthwise/scaling/parameter_group.hpp"

namespace widthwise {

/// Turns the size of a group's gradient into the learning rate that moves the output by order one.
///
/// `order` and `active` say how large the gradient is; `fan_in` is the one the strategy draws the group with,
/// so that its deviation is √(C/fan_in).
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

/// An optimizer that moves every entry by an amount the gradient's size does not enter, so that a strategy
/// can ask for the amount itself.
template <class T>
concept EntrywiseOptimizer = Optimizer<T> &&
    requires(const T& optimizer, const ParameterGroup& group, const Monomial& step) {
  { optimizer.rate_of_step(step, group) } -> std::same_as<Monomial>;
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

  /// The learning rate that moves entries by the step.
  static Monomial rate_of_step(const Monomial& step, const ParameterGroup&) { return step; }

  static Monomial learning_rate(const ParameterGroup& group) {
    return sqrt(group.order / group.active) / group.order;
  }
};

/// Adam, whose decay is added to the gradient and divided by its size with it: learning rates are AdamW's.
///
/// For every group to shrink alike, decay times learning rate must go with the size of the gradient.
struct Adam : AdamW {
  static constexpr std::string_view name() { return "adam"; }
  static constexpr bool decay_in_gradient() { return true; }
};

/// Steps of the sign of a mean gradient, as Lion (arXiv 2302.06675) and signSGD take them: entries of size
/// one, like AdamW's, with its learning rates and decoupled decay.
struct Lion : AdamW {
  static constexpr std::string_view name() { return "lion"; }
};

/// Adafactor with its steps multiplied by the size of the parameters (arXiv 1804.04235, section 8): an entry
/// moves by the learning rate times the root mean square of its tensor.
///
/// So rates are AdamW's over the initial deviation, whose order-one coefficient is left out. A group that
/// starts at zero moves by the constant ε₂ instead, with AdamW's rate. Where the multiplication is switched
/// off (`multiply_by_parameter_scale`), take AdamW.
struct Adafactor {
  static constexpr std::string_view name() { return "adafactor"; }
  /// Parameters and steps change alike.
  static constexpr int gauge_power() { return 0; }

  static Monomial rate_of_step(const Monomial& step, const ParameterGroup& group) {
    const bool starts_at_zero = !group.coefficient || group.coefficient->value == 0;
    return starts_at_zero ? step : step * sqrt(group.fan_in);
  }

  static Monomial learning_rate(const ParameterGroup& group) {
    return rate_of_step(AdamW::learning_rate(group), group);
  }
};

namespace detail {

/// Whether decay is added to the gradient of an optimizer that then divides by its size.
template <class O>
constexpr bool decay_in_gradient() {
  if constexpr (requires { O::decay_in_gradient(); })
    return O::decay_in_gradient();
  else
    return false;
}

}  // namespace detail
}  // namespace widthwise
