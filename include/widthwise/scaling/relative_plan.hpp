// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "widthwise/scaling/gauge.hpp"
#include "widthwise/scaling/plan.hpp"

namespace widthwise {

/// By how much a step of the optimizer shrinks a weight of a group.
enum class DecayConvention {
  global,       ///< η · wd with the learning rate η of the whole model, as in the paper (Eq. 1.94)
  coupled,      ///< the group's learning rate · wd, as in PyTorch
  independent,  ///< wd itself
};

/// Learning rate, weight decay and ε of a whole model, before a plan's factors.
struct GlobalSettings {
  double learning_rate = 0;
  double weight_decay = 0;  ///< a step shrinks every weight by learning_rate · weight_decay
  double epsilon = 0;       ///< Adam's, the same for every group
};

/// What the optimizer is given for one line of a plan.
struct TunedGroup {
  std::string name;
  std::vector<int> blocks;  ///< where it is; empty for stem and head
  GaugedTensor settings;    ///< its decay in the model's convention
};

/// A model with the numbers it is trained with, one entry per line of its plan.
struct TunedModel {
  double learning_rate = 0;  ///< η; it enters the groups' rates, and their shrinkage where decay is global
  DecayConvention decay = DecayConvention::coupled;
  double output_multiplier = 1;
  std::vector<TunedGroup> groups;
};

/// The numbers of every group where a plan's factors meet the numbers of the whole model.
inline TunedModel apply(const Plan& plan, const GlobalSettings& global,
                        DecayConvention decay = DecayConvention::coupled) {
  TunedModel model{global.learning_rate, decay, plan.output_multiplier, {}};
  for (const Hyperparameters& line : plan) {
    GaugedTensor tensor{line.multiplier, line.init_std, global.learning_rate * line.learning_rate_factor, 0,
                        global.epsilon};
    if (line.learning_rate_factor > 0)
      tensor.weight_decay = decay == DecayConvention::global ? global.weight_decay
                            : decay == DecayConvention::coupled
                                ? global.weight_decay * line.weight_decay_factor
                                : global.weight_decay * global.learning_rate;
    model.groups.push_back({line.name, line.blocks, tensor});
  }
  return model;
}

namespace detail {

/// to/from, where zero to zero stays as it is.
inline double carried_ratio(double from, double to, const std::string& group, const char* what) {
  if ((from == 0) != (to == 0)) reject(what, " of group ", group, " is zero in one of the two plans alone");
  return from == 0 ? 1 : to / from;
}

/// The factor of a global learning rate that leaves the group's own as it was.
inline double kept_rate(const Plan& base, const Plan& target, std::string_view group) {
  const auto factor = [&](const Plan& plan) {
    for (const Hyperparameters& line : plan)
      if (line.name == group && line.learning_rate_factor > 0) return line.learning_rate_factor;
    reject("a plan has no trained group \"", group, "\" whose learning rate could be kept");
  };
  return factor(base) / factor(target);
}

inline void require_pairs(const Plan& base, const TunedModel& tuned, const Plan& target) {
  const auto reject_lines = [](const char* what, std::size_t count, std::size_t expected) {
    reject(what, " has ", count, " groups where the base plan has ", expected);
  };
  if (tuned.groups.size() != base.groups.size())
    reject_lines("what was tuned", tuned.groups.size(), base.groups.size());
  if (target.groups.size() != base.groups.size())
    reject_lines("the target plan", target.groups.size(), base.groups.size());
  for (std::size_t i = 0; i < base.groups.size(); ++i)
    for (const std::string& name : {tuned.groups[i].name, target.groups[i].name})
      if (name != base.groups[i].name)
        reject("group ", base.groups[i].name, " of the base plan stands where ", name, " is looked for");
}

inline bool same_sizes(const Plan& base, const Plan& target) {
  return std::equal(base.begin(), base.end(), target.begin(), target.end(),
                    [](const auto& a, const auto& b) { return a.shape == b.shape && a.copies == b.copies; });
}

}  // namespace detail

/// What was tuned under one plan, carried to another: a larger model under the same strategy, or the same
/// model under another strategy.
///
/// Deviations, learning rates and multipliers go by the ratio of the two plans, group by group; what a step
/// shrinks stays as it is (theory §5, Eq. 1.94), and the decays follow from the model's convention; ε goes
/// with the size of an entry's gradient (`Hyperparameters::gradient_scale`). What the tuned numbers add to
/// the plan is kept.
///
/// A strategy fixes learning rates up to one factor. From one to another `keep_rate_of` names the group whose
/// rate must not change, and the global rate makes up for it: from uniform to neural-tangent with Q kept,
/// (lr, wd) → (n^{3/2} lr, n^{−3/2} wd) as the paper has it. Within one strategy the argument is not looked
/// at, and results compose and invert exactly but for rounding. Throws std::invalid_argument where the lines
/// of the plans do not pair, the optimizers differ, or strategy and sizes change at once, of which the order
/// would matter.
inline TunedModel plan(const Plan& base, const TunedModel& tuned, const Plan& target,
                       std::string_view keep_rate_of = "Q") {
  detail::require_pairs(base, tuned, target);
  if (base.optimizer != target.optimizer)
    detail::reject("what was tuned with ", base.optimizer, " cannot be carried to ", target.optimizer);
  const bool same_strategy = base.strategy == target.strategy && base.s == target.s;
  if (!same_strategy && !detail::same_sizes(base, target))
    detail::reject("strategy and sizes change at once, from ", base.strategy, " to ", target.strategy,
                   ": change one after the other");

  const double global = same_strategy ? 1 : detail::kept_rate(base, target, keep_rate_of);
  TunedModel carried = tuned;
  carried.learning_rate *= global;
  carried.output_multiplier *= target.output_multiplier / base.output_multiplier;
  for (std::size_t i = 0; i < carried.groups.size(); ++i) {
    const Hyperparameters &from = base.groups[i], &to = target.groups[i];
    GaugedTensor& tensor = carried.groups[i].settings;
    carried.groups[i].blocks = to.blocks;
    tensor.multiplier *= to.multiplier / from.multiplier;
    tensor.init_std *= detail::carried_ratio(from.init_std, to.init_std, from.name, "the deviation");
    const double rate = global * detail::carried_ratio(from.learning_rate_factor, to.learning_rate_factor,
                                                       from.name, "the learning rate");
    tensor.learning_rate *= rate;
    if (tuned.decay == DecayConvention::global) tensor.weight_decay /= global;
    if (tuned.decay == DecayConvention::coupled)
      tensor.weight_decay *= detail::carried_ratio(from.weight_decay_factor, to.weight_decay_factor,
                                                   from.name, "the weight decay") /
                             global;
    tensor.epsilon *= to.gradient_scale / from.gradient_scale;
  }
  return carried;
}

}  // namespace widthwise
