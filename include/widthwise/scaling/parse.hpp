// SPDX-License-Identifier: MIT
#pragma once

#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>

#include "widthwise/scaling/muon.hpp"
#include "widthwise/scaling/plan.hpp"

namespace widthwise {

/// A strategy that is chosen when the program runs.
using AnyStrategy = std::variant<Uniform, ScaleFamily>;

/// An optimizer that is chosen when the program runs.
using AnyOptimizer = std::variant<Sgd, Adam, AdamW, Lion, Adafactor, Muon>;

/// The strategy that a word or a number s in [0, 1] stands for.
/// Throws std::invalid_argument listing what is accepted.
inline AnyStrategy parse_strategy(std::string_view text) {
  if (text == Uniform::name()) return Uniform{};
  for (const ScaleFamily& named : {ScaleFamily(0), ScaleFamily(0.5), ScaleFamily(1)})
    if (text == named.name()) return named;
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  double s = 0;
  if (stream >> std::noskipws >> s && stream.peek() == std::istringstream::traits_type::eof() && 0 <= s &&
      s <= 1)
    return ScaleFamily(s);
  detail::reject(
      "a strategy is uniform, neural-tangent, hybrid, maximal-update or a number in [0, 1], but not \"", text,
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

/// The same as with a strategy and an optimizer that are known when the program is compiled.
inline Plan plan(const ModelGroups& model, const AnyStrategy& strategy, const AnyOptimizer& optimizer,
                 const PlanOptions& options = {}) {
  return std::visit([&](const auto& s, const auto& o) { return plan(model, s, o, options); }, strategy,
                    optimizer);
}

}  // namespace widthwise
