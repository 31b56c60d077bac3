// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/attention/expectation.hpp"
#include "widthwise/layer/context.hpp"

namespace widthwise {

/// Order-one initialization coefficients of attention: an entry of each matrix has variance C/n
/// (Eqs. 1.28–1.31).
struct AttentionCoefficients {
  double query = 1;   ///< C_Q
  double key = 1;     ///< C_K
  double value = 1;   ///< C_V
  double output = 1;  ///< C_U
};

/// Self-attention at a normalized kernel F (theory §2, §3, §6).
template <class Scalar, class Engine>
class LinearizedSelfAttention {
 public:
  LinearizedSelfAttention(const AttentionCoefficients& c, const Mask& mask, const Matrix<Scalar>& normalized,
                          const Matrix<Scalar>& tangent, const FlowContext<Engine>& context)
      : query_(static_cast<Scalar>(c.query)),
        key_(static_cast<Scalar>(c.key)),
        value_(static_cast<Scalar>(c.value)),
        output_(static_cast<Scalar>(c.output)),
        normalized_(normalized),
        expectation_(context.engine,
                     SoftmaxProblem<Scalar>::self(normalized, context.layout, mask, query_ * key_), tangent,
                     context.stream),
        forward_(output_ * value_ * expectation_.values()),
        tangent_(assemble(tangent, std::move(expectation_).pushed())) {}

  /// C_U C_V S with S = E[Ω F Ωᵀ] (Eq. 1.65).
  const Matrix<Scalar>& forward() const& { return forward_; }
  const Matrix<Scalar>& tangent() const& { return tangent_; }
  Matrix<Scalar> forward() && { return std::move(forward_); }
  Matrix<Scalar> tangent() && { return std::move(tangent_); }

  /// Through the values, and through queries and keys (Eqs. 1.151–1.163).
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const {
    return assemble(tangent, expectation_.push(tangent));
  }

  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const {
    const Matrix<Scalar> through_keys = logits() * normalized_.cwiseProduct(cotangent);
    return output_ * value_ *
           (expectation_.pull(cotangent, through_keys) +
            logits() * cotangent.cwiseProduct(expectation_.jacobian()));
  }

  /// Q and K: C_U C_V C_K F ∘ 𝒟[F,F] and C_U C_V C_Q F ∘ 𝒟[F,F]; V: C_U S; U: C_V S.
  std::vector<Contribution<Scalar>> contributions() const {
    const Matrix<Scalar> logit = output_ * value_ * normalized_.cwiseProduct(expectation_.jacobian());
    return {{"Q", key_ * logit},
            {"K", query_ * logit},
            {"V", output_ * expectation_.values()},
            {"U", value_ * expectation_.values()}};
  }

  Index draws() const { return expectation_.draws(); }

 private:
  Scalar logits() const { return query_ * key_; }

  // C_U C_V ( E[Ω Θ̂ Ωᵀ] + C_Q C_K (Θ̂ ∘ 𝒟[F,F] + F ∘ 𝒟[Θ̂,F]) )
  Matrix<Scalar> assemble(const Matrix<Scalar>& tangent, const SoftmaxPush<Scalar>& pushed) const {
    return output_ * value_ *
           (pushed.values + logits() * (tangent.cwiseProduct(expectation_.jacobian()) +
                                        normalized_.cwiseProduct(pushed.jacobian)));
  }

  Scalar query_, key_, value_, output_;
  Matrix<Scalar> normalized_;
  AttentionExpectation<Scalar, Engine> expectation_;
  Matrix<Scalar> forward_;
  Matrix<Scalar> tangent_;
};

/// Multi-head softmax attention with untied queries and keys at 1/√C (Eqs. 1.4–1.8, 1.61–1.65).
struct SelfAttention {
  AttentionCoefficients coefficients = {};
  Mask mask = Mask::none();

  static constexpr std::string_view kind = "attention";

  template <class Scalar, class Engine>
  LinearizedSelfAttention<Scalar, Engine> linearize(const Matrix<Scalar>& normalized,
                                                    const Matrix<Scalar>& tangent,
                                                    const FlowContext<Engine>& context) const {
    return {coefficients, mask, normalized, tangent, context};
  }

  /// Q, K, V of all heads together are n×n, and so is U (Eqs. 1.28–1.31, 1.99–1.116).
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    const auto group = [&](const char* name, const char* coefficient, double value) {
      return ParameterGroup{.name = name,
                            .symbol = name,
                            .shape = {sizes.width, sizes.width},
                            .coefficient = Coefficient{coefficient, value},
                            .fan_in = sizes.n(),
                            .order = sizes.n(),
                            .active = sizes.n() * sizes.n()};
    };
    return {group("Q", "C_Q", coefficients.query), group("K", "C_K", coefficients.key),
            group("V", "C_V", coefficients.value), group("U", "C_U", coefficients.output)};
  }
};

}  // namespace widthwise
