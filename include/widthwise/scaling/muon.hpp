// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "widthwise/scaling/optimizer.hpp"

namespace widthwise {

/// Muon for matrices of which both sides grow with the width, AdamW for all the rest.
///
/// Its step is the orthogonal matrix next to the momentum, of spectral norm one. On a gradient of few
/// directions it moves the output by the Frobenius norm √order, hence λ = 1/√order. Implementations multiply
/// the step by a factor of the matrix's shape; the rate divides it out, so that all of them take the same
/// steps. The rest's factors multiply AdamW's learning rate, which is tuned apart.
class Muon {
 public:
  enum class Factor {
    none,      ///< the orthogonal matrix as it is
    jordan,    ///< √max(1, out/in): K. Jordan's implementation
    moonshot,  ///< √max(in, out), in front of which stands 0.2: arXiv 2502.16982
    spectral   ///< √(out/in), the condition of arXiv 2310.17813
  };

  constexpr explicit Muon(Factor factor = Factor::none) : factor_(factor) {}

  constexpr std::string_view name() const {
    return factor_ == Factor::jordan     ? "muon-jordan"
           : factor_ == Factor::moonshot ? "muon-moonshot"
           : factor_ == Factor::spectral ? "muon-spectral"
                                         : "muon";
  }

  /// Neither of its steps sees the size of the gradient.
  static constexpr int gauge_power() { return 1; }

  /// Which of the two takes the group's steps.
  std::string_view name_for(const ParameterGroup& group) const {
    return is_hidden_matrix(group) ? name() : AdamW::name();
  }

  Monomial learning_rate(const ParameterGroup& group) const {
    if (!is_hidden_matrix(group)) return AdamW::learning_rate(group);
    return Monomial{} / (sqrt(group.order) * factor(group.fan_in, fan_out(group)));
  }

 private:
  Monomial factor(const Monomial& in, const Monomial& out) const {
    const bool taller = out.value() > in.value();
    switch (factor_) {
      case Factor::jordan:
        return taller ? sqrt(out / in) : Monomial{};
      case Factor::moonshot:
        return sqrt(taller ? out : in);
      case Factor::spectral:
        return sqrt(out / in);
      default:
        return {};
    }
  }

  Factor factor_;
};

}  // namespace widthwise
