// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/finite/attention.hpp"
#include "widthwise/layer/self_attention.hpp"

namespace widthwise {

/// Self-attention of finite width at a normalized signal: it asks and is read.
template <class Scalar>
class FiniteSelfAttention {
 public:
  FiniteSelfAttention(const SelfAttention& layer, const FiniteContext<Scalar>& context,
                      const Matrix<Scalar>& signal)
      : attention_(layer.mask, context, signal, signal, context.layout) {}

  const Matrix<Scalar>& output() const { return attention_.output(); }
  const std::vector<Matrix<Scalar>>& logits() const { return attention_.logits(); }

  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    auto result = attention_.pull(cotangents, sink);
    result.asks += result.reads;
    return std::move(result.asks);
  }

 private:
  FiniteAttention<Scalar> attention_;
};

/// The layer at a signal; a layer of one's own has an overload like this.
template <class Scalar>
FiniteSelfAttention<Scalar> at_finite_width(const SelfAttention& layer, const FiniteContext<Scalar>& context,
                                            const Matrix<Scalar>& signal) {
  return {layer, context, signal};
}

}  // namespace widthwise
