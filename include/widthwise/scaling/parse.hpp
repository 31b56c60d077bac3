// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "widthwise/scaling/everett.hpp"
#include "widthwise/scaling/muon.hpp"
#include "widthwise/scaling/plan.hpp"
#include "widthwise/scaling/spectral.hpp"

namespace widthwise {

/// A strategy that is chosen when the program runs.
using AnyStrategy = std::variant<Uniform, ScaleFamily, MaximalUpdateForm, Spectral, Everett>;

/// An optimizer that is chosen when the program runs.
using AnyOptimizer = std::variant<Sgd, Adam, AdamW, Lion, Adafactor, Muon>;

/// The strategy that a word or a number s in [0, 1] stands for.
/// Throws std::invalid_argument listing what is accepted.
inline AnyStrategy parse_strategy(std::string_view text) {
  using Form = Everett::Form;
  std::string known;
  for (const AnyStrategy& strategy :
       {AnyStrategy(Uniform{}), AnyStrategy(ScaleFamily(0)), AnyStrategy(ScaleFamily(0.5)),
        AnyStrategy(ScaleFamily(1)), AnyStrategy(Mup{}), AnyStrategy(MeanField{}), AnyStrategy(Spectral{}),
        AnyStrategy(Everett(Form::standard)), AnyStrategy(Everett(Form::ntk)),
        AnyStrategy(Everett(Form::mup)), AnyStrategy(Everett(Form::mean_field))}) {
    const std::string name(std::visit([](const auto& s) { return s.name(); }, strategy));
    if (text == name) return strategy;
    known += name + ", ";
  }
  for (const Form form : {Form::standard, Form::ntk, Form::mup, Form::mean_field})
    if (const Everett loose(form, Everett::Alignment::none); text == loose.name()) return loose;
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  double s = 0;
  if (stream >> std::noskipws >> s && stream.peek() == std::istringstream::traits_type::eof() && 0 <= s &&
      s <= 1)
    return ScaleFamily(s);
  detail::reject("a strategy is ", known,
                 "one of the last four followed by -no-alignment, or a number in [0, 1], but not \"", text,
                 "\"");
}

/// The optimizer that a word stands for.
/// Throws std::invalid_argument listing what is accepted.
inline AnyOptimizer parse_optimizer(std::string_view text) {
  using Factor = Muon::Factor;
  std::string known;
  for (const AnyOptimizer& optimizer :
       {AnyOptimizer(Sgd{}), AnyOptimizer(Adam{}), AnyOptimizer(AdamW{}), AnyOptimizer(Lion{}),
        AnyOptimizer(Adafactor{}), AnyOptimizer(Muon{}), AnyOptimizer(Muon(Factor::jordan)),
        AnyOptimizer(Muon(Factor::moonshot)), AnyOptimizer(Muon(Factor::spectral))}) {
    const std::string name(std::visit([](const auto& o) { return o.name(); }, optimizer));
    if (text == name) return optimizer;
    known += (known.empty() ? "" : ", ") + name;
  }
  detail::reject("an optimizer is one of ", known, ", but not \"", text, "\"");
}

/// The same as with a strategy and an optimizer that are known when the program is compiled, as one of the
/// two may be.
/// Throws std::invalid_argument where the strategy does not say how rates scale under the optimizer.
template <class S, class O>
requires(std::same_as<S, AnyStrategy> || std::same_as<O, AnyOptimizer>)  //
    Plan
    plan(const ModelGroups& model, const S& strategy, const O& optimizer, const PlanOptions& options = {}) {
  return std::visit(
      [&](const auto& s, const auto& o) -> Plan {
        if constexpr (StrategyFor<std::decay_t<decltype(s)>, std::decay_t<decltype(o)>>)
          return plan(model, s, o, options);
        else
          detail::reject(s.name(), " does not say how learning rates scale under ", o.name());
      },
      AnyStrategy(strategy), AnyOptimizer(optimizer));
}

}  // namespace widthwise
