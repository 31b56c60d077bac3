// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/layer/attention.hpp"

namespace widthwise {

/// Cross-attention at the kernel F of a decoder's normalized signal and the kernel F̃ of an encoder's output
/// (theory §10).
///
/// Its tangent is push(Θ̂) + push_memory(Θ̃̂); backwards, the decoder's rows and the encoder's each get their
/// part.
template <class Scalar, class Engine>
class LinearizedCrossAttention {
 public:
  LinearizedCrossAttention(const AttentionCoefficients& c, const Matrix<Scalar>& normalized,
                           const Matrix<Scalar>& tangent, const DecoderContext<Scalar, Engine>& context)
      : attention_(c,
                   SoftmaxProblem<Scalar>{normalized, context.memory.normalized, context.layout,
                                          context.memory.layout, Mask::none(),
                                          static_cast<Scalar>(c.query) * static_cast<Scalar>(c.key)},
                   tangent, context.memory.tangent, context) {}

  const Matrix<Scalar>& forward() const& { return attention_.forward(); }
  const Matrix<Scalar>& tangent() const& { return attention_.tangent(); }
  Matrix<Scalar> forward() && { return std::move(attention_).forward(); }
  Matrix<Scalar> tangent() && { return std::move(attention_).tangent(); }
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const { return attention_.push_queries(tangent); }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const { return attention_.pull_queries(cotangent); }
  /// From the encoder's rows to the decoder's.
  Matrix<Scalar> push_memory(const Matrix<Scalar>& tangent) const { return attention_.push_keys(tangent); }
  /// From the decoder's rows to the encoder's.
  Matrix<Scalar> pull_memory(const Matrix<Scalar>& cotangent) const {
    return attention_.pull_keys(cotangent);
  }
  std::vector<Contribution<Scalar>> contributions() const { return attention_.contributions(); }
  Index draws() const { return attention_.draws(); }

 private:
  LinearizedAttention<Scalar, Engine> attention_;
};

/// Multi-head softmax attention of a decoder to an encoder: queries from the decoder's normalized signal,
/// keys and values from the encoder's output (the paper's mixed attention, Eqs. 2.2–2.4).
struct CrossAttention {
  AttentionCoefficients coefficients = {};

  static constexpr std::string_view kind = "cross-attention";

  /// Throws std::invalid_argument where encoder and decoder have different numbers of samples.
  template <class Scalar, class Engine>
  LinearizedCrossAttention<Scalar, Engine> linearize(const Matrix<Scalar>& normalized,
                                                     const Matrix<Scalar>& tangent,
                                                     const DecoderContext<Scalar, Engine>& context) const {
    return {coefficients, normalized, tangent, context};
  }

  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    return attention_groups(coefficients, sizes);
  }
};

}  // namespace widthwise
