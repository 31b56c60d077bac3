// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "widthwise/scaling/strategy.hpp"

namespace widthwise {

/// Powers of the width in the multipliers that stand before weights.
struct MultiplierPowers {
  double embedding = 0;  ///< what reads no width: word and positional embeddings, patches, class tokens
  double hidden = 0;
  double head = 0;  ///< its weight; a head's bias has no multiplier
};

/// The multiplier of one group.
inline Monomial multiplier_of(const MultiplierPowers& powers, const ParameterGroup& group,
                              const ModelGroups& model) {
  if (group.fan_in.power("n") > 0) return pow(model.width, group.head ? powers.head : powers.hidden);
  return group.head ? Monomial{} : pow(model.width, powers.embedding);
}

/// Maximal-update scaling with part of its powers in multipliers: the products of multiplier and parameter
/// start and learn as those of `MaximalUpdate` do.
class MaximalUpdateForm {
 public:
  constexpr MaximalUpdateForm(std::string_view name, MultiplierPowers powers)
      : name_(name), powers_(powers) {}

  constexpr std::string_view name() const { return name_; }
  static constexpr std::optional<double> s() { return std::nullopt; }

  Monomial multiplier(const ParameterGroup& group, const ModelGroups& model) const {
    return multiplier_of(powers_, group, model);
  }

  Monomial fan_in(const ParameterGroup& group, const ModelGroups& model) const {
    return MaximalUpdate{}.fan_in(group, model) * pow(multiplier(group, model), 2);
  }

  static Monomial output_multiplier(const ModelGroups& model) {
    return MaximalUpdate{}.output_multiplier(model);
  }

  template <GaugedOptimizer O>
  Monomial learning_rate(const ParameterGroup& group, const ModelGroups& model, const O& optimizer) const {
    return MaximalUpdate{}.learning_rate(group, model, optimizer) /
           pow(multiplier(group, model), O::gauge_power());
  }

 private:
  std::string_view name_;
  MultiplierPowers powers_;
};

/// μP as the package `mup` has it (Tensor Programs V, arXiv 2203.03466, Table 8): the head starts at order
/// one and is divided by the width.
struct Mup : MaximalUpdateForm {
  constexpr Mup() : MaximalUpdateForm("mup", {.head = -1}) {}
};

/// The mean-field form: every entry starts at order one.
struct MeanField : MaximalUpdateForm {
  constexpr MeanField() : MaximalUpdateForm("mean-field", {.hidden = -0.5, .head = -1}) {}
};

}  // namespace widthwise
