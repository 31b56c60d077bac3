// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "widthwise/scaling/strategy.hpp"

namespace widthwise {

/// What may be varied in a plan.
struct PlanOptions {
  /// Take M as 1 in learning rates, as the paper's experiments do (footnote 41); initialization keeps it.
  bool ignore_mlp_multiplier = false;
};

/// What to set for one parameter group: the line of a plan.
struct Hyperparameters {
  std::string name;
  std::string symbol;
  std::vector<std::int64_t> shape;  ///< of one tensor
  std::int64_t copies = 1;          ///< tensors of that shape
  std::int64_t parameters = 0;      ///< in all copies
  std::vector<int> blocks;          ///< where the copies are; empty for stem and head
  std::string optimizer;            ///< that takes its steps, where the plan's is made of several
  double multiplier = 1;  ///< the network uses multiplier · parameter; all below is the parameter's
  std::string multiplier_formula = "1";
  double init_std = 0;             ///< standard deviation of an entry, 0 for a group that starts at zero
  std::string init_formula = "0";  ///< such as sqrt(C_head/n^1.5)
  double init_mean = 0;            ///< what entries are drawn around: 0 but for the gains of norms
  /// Multiplies the global learning rate; includes Λ_G. 0 for a frozen group.
  double learning_rate_factor = 0;
  std::string learning_rate_formula = "0";  ///< such as 1/(n_patch sqrt(n)); Λ_G is written where it is not 1
  /// Multiplies the global weight decay, for an optimizer that shrinks by lr_group · wd_group: the inverse of
  /// `learning_rate_factor`, so that every group shrinks alike at all widths, under all strategies (theory
  /// §5, Eq. 1.94). Under Adam, which divides the decay by the size of the gradient, that size is in it. 0
  /// for a frozen group, which never shrinks.
  double weight_decay_factor = 0;
  /// The size of an entry's gradient but for what is of order one, √(order/active) (theory §5): Adam's ε goes
  /// with it. It counts from the outputs; how the loss scales with their number is not in it.
  double gradient_scale = 1;
};

/// Initialization and learning rates of a whole model, one line per group: iterate over it.
struct Plan {
  std::string strategy;
  std::optional<double> s;  ///< the exponent, for strategies of the scale family
  std::string optimizer;
  double output_multiplier = 1;  ///< N_rescale of a tied head (Eq. 1.34), 1 otherwise
  std::string output_multiplier_formula;
  std::string depth_rule = {};  ///< empty without one
  double skip_multiplier = 1;   ///< of the stream beside every residual branch
  std::string skip_formula = "1";
  std::int64_t parameters = 0;  ///< of the whole model
  std::vector<Hyperparameters> groups;

  auto begin() const { return groups.begin(); }
  auto end() const { return groups.end(); }
};

namespace detail {

inline void require_plannable(const ParameterGroup& group) {
  constexpr double largest = std::numeric_limits<double>::max();
  if (const auto& c = group.coefficient; c && !(c->value >= 0 && c->value <= largest))
    reject(c->symbol, " of group ", group.name, " must be a number that is not negative, but is ", c->value);
  if (!(group.learning_rate >= 0 && group.learning_rate <= largest))
    reject("the learning-rate coefficient of group ", group.name,
           " must be a number that is not negative, but is ", group.learning_rate);
}

/// Whether groups differ in nothing but where they are.
inline bool alike(const ParameterGroup& group, ParameterGroup other) {
  other.copies = group.copies;
  other.blocks = group.blocks;
  return other == group;
}

/// Groups that differ in nothing but where they are become one with more copies; order of first appearance.
inline std::vector<ParameterGroup> merge_identical(const std::vector<ParameterGroup>& groups) {
  std::vector<ParameterGroup> merged;
  for (const ParameterGroup& group : groups) {
    const auto same = [&](const ParameterGroup& other) {
      return alike(group, other);
    };
    if (const auto found = std::find_if(merged.begin(), merged.end(), same); found != merged.end()) {
      found->copies += group.copies;
      found->blocks.insert(found->blocks.end(), group.blocks.begin(), group.blocks.end());
    } else {
      merged.push_back(group);
    }
  }
  return merged;
}

/// What a strategy and an optimizer say about one group.
struct GroupRule {
  Monomial fan_in, rate, multiplier, passed;
  std::string optimizer;
  bool decay_in_gradient;
};

/// What the strategy makes of gradients that pass through the head's weight, such as n^(−s/2).
template <class S>
Monomial head_scale(const ModelGroups& model, const S& strategy) {
  if (model.tied_head) return strategy.output_multiplier(model) * sqrt(model.width);
  const ParameterGroup head{
      .name = "head", .fan_in = model.width, .order = model.width, .active = model.width, .head = true};
  return sqrt(head.fan_in / strategy.fan_in(head, model)) * multiplier(strategy, head, model);
}

/// What a rule for deep models does to a learning rate: the group's gradient is smaller or larger by what
/// stands behind it, its entries by their variance, and the step is shared.
template <class O>
Monomial depth_rate(const ParameterGroup& group, const O& optimizer) {
  if (group.depth == DepthScale{}) return {};
  ParameterGroup scaled = group;
  scaled.order = group.order * pow(group.depth.passed * group.depth.multiplier, 2);
  Monomial rate = optimizer.learning_rate(scaled) / optimizer.learning_rate(group) / group.depth.sharers;
  if constexpr (EntrywiseOptimizer<O>) {
    scaled.fan_in = group.fan_in / group.depth.variance;
    rate = rate * optimizer.rate_of_step({}, scaled) / optimizer.rate_of_step({}, group);
  }
  return rate;
}

template <class S, class O>
GroupRule rule(const ParameterGroup& group, const ModelGroups& model, const S& strategy, const O& optimizer) {
  GroupRule result{strategy.fan_in(group, model) / group.depth.variance,
                   strategy.learning_rate(group, model, optimizer) * depth_rate(group, optimizer),
                   multiplier(strategy, group, model) * group.depth.multiplier,
                   group.head ? Monomial{} : head_scale(model, strategy) * group.depth.passed,
                   std::string(optimizer.name()),
                   decay_in_gradient<O>()};
  if constexpr (requires { optimizer.name_for(group); }) result.optimizer = optimizer.name_for(group);
  return result;
}

/// The variance of a parameter's entries, of a group that does not start at zero.
inline std::optional<Monomial> initial_variance(const ParameterGroup& group, const Monomial& fan_in) {
  if (!group.coefficient || !(group.coefficient->value > 0)) return std::nullopt;
  return Monomial{group.coefficient->symbol, group.coefficient->value} / fan_in;
}

/// The standard deviation of the products of multiplier and parameter, for which no optimizer is needed.
template <Strategy S>
double product_deviation(const ParameterGroup& group, const ModelGroups& model, const S& strategy) {
  require_plannable(group);
  const auto variance = initial_variance(group, strategy.fan_in(group, model) / group.depth.variance);
  if (!variance) return 0;
  return (multiplier(strategy, group, model) * group.depth.multiplier).value() * std::sqrt(variance->value());
}

inline Hyperparameters hyperparameters(const ParameterGroup& group, const GroupRule& rule,
                                       const PlanOptions& options) {
  Hyperparameters line{.name = part_name(group),
                       .symbol = group.symbol,
                       .shape = group.shape,
                       .copies = group.copies,
                       .parameters = group.parameters(),
                       .blocks = group.blocks,
                       .optimizer = rule.optimizer,
                       .multiplier = rule.multiplier.value(),
                       .multiplier_formula = to_string(rule.multiplier)};
  line.gradient_scale = (sqrt(group.order / group.active) * rule.passed * rule.multiplier).value();
  if (const auto variance = initial_variance(group, rule.fan_in)) {
    line.init_std = std::sqrt(variance->value());
    line.init_formula = "sqrt(" + to_string(*variance, Monomial::Halves::as_decimals) + ")";
  }
  line.init_mean = group.start / line.multiplier;
  if (group.learning_rate > 0) {
    Monomial rate = options.ignore_mlp_multiplier ? rule.rate.without("M") : rule.rate;
    if (group.learning_rate != 1) rate = rate * Monomial{"Lambda_" + group.name, group.learning_rate};
    line.learning_rate_factor = rate.value();
    line.learning_rate_formula = to_string(rate);
    line.weight_decay_factor = (rule.decay_in_gradient ? line.gradient_scale : 1) / line.learning_rate_factor;
  }
  return line;
}

}  // namespace detail

/// Initialization deviations, learning rates and weight decays of a model under a strategy and an optimizer
/// (theory §5).
///
/// Nothing is looked up: formulas and numbers follow from the fan-in, order and active parameters of each
/// group. Identical groups, such as Q of every block, share a line; groups of one name whose coefficients
/// differ do not, and `blocks` tells them apart. Throws std::invalid_argument naming the group where a
/// coefficient, Λ or a size makes no sense.
template <Optimizer O, StrategyFor<O> S>
Plan plan(const ModelGroups& model, const S& strategy, const O& optimizer, const PlanOptions& options = {}) {
  if (model.width == Monomial{}) detail::reject("the width of the model is missing from its groups");
  for (const ParameterGroup& group : model.groups) detail::require_plannable(group);

  const Monomial multiplier = strategy.output_multiplier(model);
  Plan result{std::string(strategy.name()),
              strategy.s(),
              std::string(optimizer.name()),
              multiplier.value(),
              to_string(multiplier),
              model.depth_rule,
              model.skip.value(),
              to_string(model.skip),
              0,
              {}};
  for (const ParameterGroup& group : detail::merge_identical(model.groups)) {
    result.groups.push_back(
        detail::hyperparameters(group, detail::rule(group, model, strategy, optimizer), options));
    const std::int64_t more = result.groups.back().parameters;
    if (result.parameters > std::numeric_limits<std::int64_t>::max() - more)
      detail::reject("the model has more parameters than a 64-bit integer holds");
    result.parameters += more;
  }
  return result;
}

}  // namespace widthwise
