// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include "widthwise/activation/expectation.hpp"
#include "widthwise/layer/context.hpp"

namespace widthwise {

/// Order-one initialization coefficients of an MLP: variances C_W/n and C_X/(Mn) (Eqs. 1.32, 1.33).
struct MlpCoefficients {
  double input = 1;   ///< C_W
  double output = 1;  ///< C_X
};

/// MLP at a normalized kernel F: expectations over the hidden preactivations' kernel C_W F (theory §2, §3,
/// §6).
template <class Scalar>
class LinearizedMlp {
 public:
  LinearizedMlp(const MlpCoefficients& c, const Matrix<Scalar>& normalized, const Matrix<Scalar>& tangent,
                ActivationKernels<Scalar> kernels)
      : input_(static_cast<Scalar>(c.input)),
        output_(static_cast<Scalar>(c.output)),
        normalized_(normalized),
        kernels_(std::move(kernels)),
        forward_(output_ * kernels_.value),
        tangent_(push(tangent)) {}

  /// C_X ⟨σσ⟩ (Eq. 1.77).
  const Matrix<Scalar>& forward() const& { return forward_; }
  const Matrix<Scalar>& tangent() const& { return tangent_; }
  Matrix<Scalar> forward() && { return std::move(forward_); }
  Matrix<Scalar> tangent() && { return std::move(tangent_); }

  /// C_X C_W ⟨σ'σ'⟩ ∘ Θ̂ (Eqs. 1.168–1.173).
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const {
    return output_ * input_ * kernels_.derivative.cwiseProduct(tangent);
  }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const { return push(cotangent); }

  /// W: C_X ⟨σ'σ'⟩ ∘ F; X: ⟨σσ⟩.
  std::vector<Contribution<Scalar>> contributions() const {
    return {{"W", output_ * kernels_.derivative.cwiseProduct(normalized_)}, {"X", kernels_.value}};
  }

  Index draws() const { return 0; }

 private:
  Scalar input_, output_;
  Matrix<Scalar> normalized_;
  ActivationKernels<Scalar> kernels_;
  Matrix<Scalar> forward_;
  Matrix<Scalar> tangent_;
};

/// Two linear maps with an activation between, M times as wide inside (Eqs. 1.9, 1.77).
template <class ActivationType>
struct Mlp {
  static_assert(Activation<ActivationType, double>, "an activation needs operator() and derivative()");

  ActivationType activation;
  MlpCoefficients coefficients = {};
  double multiplier = 4;  ///< M

  static constexpr std::string_view kind = "mlp";

  template <class Scalar, class Engine>
  LinearizedMlp<Scalar> linearize(const Matrix<Scalar>& normalized, const Matrix<Scalar>& tangent,
                                  const FlowContext<Engine>&) const {
    const Matrix<Scalar> hidden = static_cast<Scalar>(coefficients.input) * normalized;
    return {coefficients, normalized, tangent, expectation(activation, hidden)};
  }

  /// W is Mn×n and X n×Mn (Eqs. 1.32, 1.33, 1.99–1.116). Throws std::invalid_argument where M n is no whole
  /// number.
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    const double hidden = multiplier * static_cast<double>(sizes.width);
    if (!(hidden >= 1 && hidden == std::floor(hidden) && hidden < 1e15))
      detail::reject("mlp: a multiplier of ", multiplier, " on the width ", sizes.width, " makes ", hidden,
                     " hidden channels, which is no positive whole number");
    const Monomial n = sizes.n(), m{"M", multiplier};
    const auto wide = static_cast<std::int64_t>(hidden);
    return {{.name = "W",
             .symbol = "W",
             .shape = {wide, sizes.width},
             .coefficient = Coefficient{"C_W", coefficients.input},
             .fan_in = n,
             .order = n,
             .active = m * n * n},
            {.name = "X",
             .symbol = "X",
             .shape = {sizes.width, wide},
             .coefficient = Coefficient{"C_X", coefficients.output},
             .fan_in = m * n,
             .order = m * n,
             .active = m * n * n}};
  }
};

template <class ActivationType>
Mlp(ActivationType, MlpCoefficients, double) -> Mlp<ActivationType>;
template <class ActivationType>
Mlp(ActivationType, MlpCoefficients) -> Mlp<ActivationType>;

}  // namespace widthwise
