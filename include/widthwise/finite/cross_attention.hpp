// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/finite/attention.hpp"
#include "widthwise/layer/cross_attention.hpp"

namespace widthwise {

/// Cross-attention of finite width: a decoder's normalized signal asks, an encoder's output is read
/// (Eqs. 2.2–2.4).
template <class Scalar>
class FiniteCrossAttention {
 public:
  FiniteCrossAttention(const FiniteDecoderContext<Scalar>& context, const Matrix<Scalar>& signal)
      : attention_(Mask::none(), context, signal, context.memory, context.memory_layout) {}

  const Matrix<Scalar>& output() const { return attention_.output(); }

  /// The cotangents of the encoder's output are added to `memory`.
  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink, Matrix<Scalar>& memory) const {
    auto result = attention_.pull(cotangents, sink);
    memory += result.reads;
    return std::move(result.asks);
  }

 private:
  FiniteAttention<Scalar> attention_;
};

template <class Scalar>
FiniteCrossAttention<Scalar> at_finite_width(const CrossAttention&,
                                             const FiniteDecoderContext<Scalar>& context,
                                             const Matrix<Scalar>& signal) {
  return {context, signal};
}

}  // namespace widthwise
