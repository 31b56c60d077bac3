// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <string_view>

#include "widthwise/scaling/optimizer.hpp"

namespace widthwise {

/// How hyperparameters scale with the sizes of a model: variances, and what multiplies the output.
///
/// `s` is the exponent of the scale family, and nothing for a strategy outside it. `fan_in` is that of the
/// parameter; a strategy whose network uses multiplier · parameter also has `multiplier(group, model)`.
template <class T>
concept Strategy = std::copyable<T> &&
    requires(const T& strategy, const ParameterGroup& group, const ModelGroups& model) {
  { strategy.name() } -> std::convertible_to<std::string_view>;
  { strategy.s() } -> std::convertible_to<std::optional<double>>;
  { strategy.fan_in(group, model) } -> std::same_as<Monomial>;
  { strategy.output_multiplier(model) } -> std::same_as<Monomial>;
};

/// A strategy that also says how learning rates scale under the optimizer.
template <class T, class O>
concept StrategyFor = Strategy<T> && Optimizer<O> &&
    requires(const T& strategy, const ParameterGroup& group, const ModelGroups& model, const O& optimizer) {
  { strategy.learning_rate(group, model, optimizer) } -> std::same_as<Monomial>;
};

namespace detail {

inline void require_untied(std::string_view strategy, const ModelGroups& model) {
  if (model.tied_head)
    reject(strategy, " is a rule for heads of their own, but the model's head is its word embedding");
}

/// The multiplier that stands before a group's parameters; 1 for strategies without.
template <class S>
Monomial multiplier(const S& strategy, const ParameterGroup& group, const ModelGroups& model) {
  if constexpr (requires { strategy.multiplier(group, model); })
    return strategy.multiplier(group, model);
  else
    return {};
}

}  // namespace detail

/// The common practice: fan-in initialization everywhere and one learning rate for all groups (theory §5).
struct Uniform {
  static constexpr std::string_view name() { return "uniform"; }
  static constexpr std::optional<double> s() { return std::nullopt; }

  static Monomial fan_in(const ParameterGroup& group, const ModelGroups&) { return group.fan_in; }
  static Monomial output_multiplier(const ModelGroups&) { return {}; }

  template <Optimizer O>
  static Monomial learning_rate(const ParameterGroup&, const ModelGroups&, const O&) {
    return {};
  }
};

/// The scale family, from neural-tangent (s = 0) to maximal-update scaling (s = 1) (theory §1, §5; arXiv
/// 2210.04909).
///
/// The head's variance is C_head/n^(1+s); a tied head is multiplied by N_rescale = n^(−(1+s)/2) instead.
/// Either way n^(−s) appears in the squared gradient of every group behind the head, and its learning rate
/// makes up for it.
class ScaleFamily {
 public:
  /// Throws std::invalid_argument unless 0 ≤ s ≤ 1.
  constexpr explicit ScaleFamily(double s) : s_(s) {
    if (!(0 <= s && s <= 1)) detail::reject("s must lie in [0, 1], but is ", s);
  }

  constexpr double s() const { return s_; }

  constexpr std::string_view name() const {
    return s_ == 0 ? "neural-tangent" : s_ == 0.5 ? "hybrid" : s_ == 1 ? "maximal-update" : "scale-family";
  }

  Monomial fan_in(const ParameterGroup& group, const ModelGroups& model) const {
    return group.head ? group.fan_in * pow(model.width, s_) : group.fan_in;
  }

  Monomial output_multiplier(const ModelGroups& model) const {
    return model.tied_head ? pow(model.width, -(1 + s_) / 2) : Monomial{};
  }

  template <Optimizer O>
  Monomial learning_rate(ParameterGroup group, const ModelGroups& model, const O& optimizer) const {
    if (!group.head) group.order = group.order * pow(model.width, -s_);
    group.fan_in = fan_in(group, model);
    return optimizer.learning_rate(group);
  }

 private:
  double s_;
};

/// s = 0: outputs and their changes are of order one, features are frozen as the width grows.
struct NeuralTangent : ScaleFamily {
  constexpr NeuralTangent() : ScaleFamily(0) {}
};

/// s = 1/2: the paper's compromise between the two ends.
struct Hybrid : ScaleFamily {
  constexpr Hybrid() : ScaleFamily(0.5) {}
};

/// s = 1: features move as much as the width allows (μP).
struct MaximalUpdate : ScaleFamily {
  constexpr MaximalUpdate() : ScaleFamily(1) {}
};

}  // namespace widthwise
