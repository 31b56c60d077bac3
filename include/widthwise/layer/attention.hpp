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

/// Q, K, V of all heads together are n×n, and so is U (Eqs. 1.28–1.31, 1.99–1.116).
inline std::vector<ParameterGroup> attention_groups(const AttentionCoefficients& coefficients,
                                                    const Sizes& sizes) {
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

/// Softmax attention at the kernel F of the signal that asks and the kernel F̃ of the one that is read, with
/// their tangents Θ̂ and Θ̃̂ (theory §2, §3, §6, §10). In self-attention they are the same.
template <class Scalar, class Engine>
class LinearizedAttention {
 public:
  /// The problem's queries are F, its keys F̃.
  LinearizedAttention(const AttentionCoefficients& c, SoftmaxProblem<Scalar> problem,
                      const Matrix<Scalar>& query_tangent, const Matrix<Scalar>& key_tangent,
                      const FlowContext<Engine>& context)
      : query_(static_cast<Scalar>(c.query)),
        key_(static_cast<Scalar>(c.key)),
        value_(static_cast<Scalar>(c.value)),
        output_(static_cast<Scalar>(c.output)),
        normalized_(problem.queries),
        expectation_(context.engine, std::move(problem), key_tangent, context.stream),
        forward_(output_ * value_ * expectation_.values()),
        tangent_(assemble(query_tangent, std::move(expectation_).pushed())) {}

  /// C_U C_V S with S = E[Ω F̃ Ωᵀ] (Eq. 1.65).
  const Matrix<Scalar>& forward() const& { return forward_; }
  const Matrix<Scalar>& tangent() const& { return tangent_; }
  Matrix<Scalar> forward() && { return std::move(forward_); }
  Matrix<Scalar> tangent() && { return std::move(tangent_); }

  /// Through the values and keys, and through the queries (Eqs. 1.151–1.163).
  Matrix<Scalar> push(const Matrix<Scalar>& query_tangent, const Matrix<Scalar>& key_tangent) const {
    return assemble(query_tangent, expectation_.push(key_tangent));
  }

  /// C_U C_V C_Q C_K Θ̂ ∘ 𝒟[F̃,F̃]: the queries' part of `push`, its own transpose.
  Matrix<Scalar> push_queries(const Matrix<Scalar>& tangent) const {
    return output_ * value_ * logits() * tangent.cwiseProduct(expectation_.jacobian());
  }
  Matrix<Scalar> pull_queries(const Matrix<Scalar>& cotangent) const { return push_queries(cotangent); }

  /// C_U C_V ( E[Ω Θ̃̂ Ωᵀ] + C_Q C_K F ∘ 𝒟[Θ̃̂,F̃] ): the other part.
  Matrix<Scalar> push_keys(const Matrix<Scalar>& tangent) const {
    const SoftmaxPush<Scalar> pushed = expectation_.push(tangent);
    return output_ * value_ * (pushed.values + logits() * normalized_.cwiseProduct(pushed.jacobian));
  }
  Matrix<Scalar> pull_keys(const Matrix<Scalar>& cotangent) const {
    return output_ * value_ * expectation_.pull(cotangent, logits() * normalized_.cwiseProduct(cotangent));
  }

  /// Q and K: C_U C_V C_K F ∘ 𝒟[F̃,F̃] and C_U C_V C_Q F ∘ 𝒟[F̃,F̃]; V: C_U S; U: C_V S.
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

  // C_U C_V ( E[Ω Θ̃̂ Ωᵀ] + C_Q C_K (Θ̂ ∘ 𝒟[F̃,F̃] + F ∘ 𝒟[Θ̃̂,F̃]) )
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

}  // namespace widthwise
