// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/layer/attention.hpp"

namespace widthwise {

/// Self-attention at a normalized kernel F: one signal asks and is read.
template <class Scalar, class Engine>
class LinearizedSelfAttention {
 public:
  LinearizedSelfAttention(const AttentionCoefficients& c, const Mask& mask, const Matrix<Scalar>& normalized,
                          const Matrix<Scalar>& tangent, const FlowContext<Engine>& context)
      : attention_(c,
                   SoftmaxProblem<Scalar>::self(normalized, context.layout, mask,
                                                static_cast<Scalar>(c.query) * static_cast<Scalar>(c.key)),
                   tangent, tangent, context) {}

  const Matrix<Scalar>& forward() const& { return attention_.forward(); }
  const Matrix<Scalar>& tangent() const& { return attention_.tangent(); }
  Matrix<Scalar> forward() && { return std::move(attention_).forward(); }
  Matrix<Scalar> tangent() && { return std::move(attention_).tangent(); }
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const { return attention_.push(tangent, tangent); }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const {
    return attention_.pull_keys(cotangent) + attention_.pull_queries(cotangent);
  }
  std::vector<Contribution<Scalar>> contributions() const { return attention_.contributions(); }
  Index draws() const { return attention_.draws(); }

 private:
  LinearizedAttention<Scalar, Engine> attention_;
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

  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    return attention_groups(coefficients, sizes);
  }
};

}  // namespace widthwise
