// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "widthwise/scaling/strategy.hpp"

namespace widthwise {

/// The spectral condition: weights and their updates have spectral norms of √(fan_out/fan_in) (arXiv
/// 2310.17813).
///
/// Deviations are √(1/fan_in) min(1, √(fan_out/fan_in)), rates fan_out/fan_in under SGD and 1/fan_in under
/// Adam; vectors and embeddings are read by one number. In the width these are the powers of maximal-update
/// scaling; M, n_patch and n_out enter by the condition instead of by the gradients' sizes.
struct Spectral {
  static constexpr std::string_view name() { return "spectral"; }
  static constexpr std::optional<double> s() { return std::nullopt; }

  static Monomial fan_in(const ParameterGroup& group, const ModelGroups&) {
    const Monomial narrowing = group.fan_in / fan_out(group);
    return narrowing.value() > 1 ? group.fan_in * narrowing : group.fan_in;
  }

  /// Throws std::invalid_argument where the head is tied, of which the condition says nothing.
  static Monomial output_multiplier(const ModelGroups& model) {
    detail::require_untied(name(), model);
    return {};
  }

  template <Optimizer O>
  static Monomial learning_rate(ParameterGroup group, const ModelGroups& model, const O& optimizer) {
    // 1/order is what the condition asks of SGD, and 1/√(order · active) then what it asks of Adam.
    group.order = group.fan_in / fan_out(group);
    // Muon divides its factor out by the shape, and only reads that of hidden matrices.
    if (!is_hidden_matrix(group)) group.fan_in = fan_in(group, model);
    return optimizer.learning_rate(group);
  }
};

}  // namespace widthwise
