// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "widthwise/scaling/multiplier_form.hpp"

namespace widthwise {

/// The parameterizations of Everett et al. (arXiv 2407.05872, Table 1), for optimizers that move entries by
/// amounts the gradient does not set: Adam, Lion, Adafactor.
///
/// Standard and NTK start the products of multiplier and parameter alike, μP and mean-field too; under either
/// assumption on alignment all four move them by the same amounts: hidden weights and head by 1/n where
/// updates align with what they read, by 1/√n where they do not. Only the width enters the rates. The source
/// takes heads not to align with what moves in front of them; in the first step they do, so that under the
/// heads of standard and NTK, of order 1/√n, outputs move by √n (measured in tests/finite/update.cpp).
class Everett {
 public:
  enum class Form { standard, ntk, mup, mean_field };
  enum class Alignment { full, none };

  constexpr explicit Everett(Form form, Alignment alignment = Alignment::full)
      : form_(form), alignment_(alignment) {}

  constexpr std::string_view name() const {
    const bool full = alignment_ == Alignment::full;
    switch (form_) {
      case Form::standard:
        return full ? "everett-standard" : "everett-standard-no-alignment";
      case Form::ntk:
        return full ? "everett-ntk" : "everett-ntk-no-alignment";
      case Form::mup:
        return full ? "everett-mup" : "everett-mup-no-alignment";
      default:
        return full ? "everett-mean-field" : "everett-mean-field-no-alignment";
    }
  }

  static constexpr std::optional<double> s() { return std::nullopt; }

  Monomial multiplier(const ParameterGroup& group, const ModelGroups& model) const {
    return multiplier_of(powers(), group, model);
  }

  Monomial fan_in(const ParameterGroup& group, const ModelGroups& model) const {
    return product_fan_in(group, model) * pow(multiplier(group, model), 2);
  }

  /// Throws std::invalid_argument where the head is tied, which the source does not cover.
  Monomial output_multiplier(const ModelGroups& model) const {
    detail::require_untied(name(), model);
    return {};
  }

  template <EntrywiseOptimizer O>
  requires GaugedOptimizer<O> Monomial learning_rate(ParameterGroup group, const ModelGroups& model,
                                                     const O& optimizer)
  const {
    const Monomial step = group.fan_in.power("n") > 0
                              ? pow(model.width, alignment_ == Alignment::full ? -1 : -0.5)
                              : Monomial{};
    const Monomial gauge = pow(multiplier(group, model), O::gauge_power());
    group.fan_in = product_fan_in(group, model);
    return optimizer.rate_of_step(step, group) / gauge;
  }

 private:
  constexpr MultiplierPowers powers() const {
    switch (form_) {
      case Form::standard:
        return {};
      case Form::ntk:
        return {.hidden = -0.5, .head = -0.5};
      case Form::mup:
        return {.embedding = 0.5, .head = -0.5};
      default:
        return {.hidden = -0.5, .head = -1};
    }
  }

  Monomial product_fan_in(const ParameterGroup& group, const ModelGroups& model) const {
    const bool small_head = form_ == Form::mup || form_ == Form::mean_field;
    return ScaleFamily(small_head ? 1 : 0).fan_in(group, model);
  }

  Form form_;
  Alignment alignment_;
};

}  // namespace widthwise
