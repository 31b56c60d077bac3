// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include "widthwise/finite/context.hpp"
#include "widthwise/layer/self_attention.hpp"

namespace widthwise {

/// Self-attention of finite width at a normalized signal s (Eqs. 1.4–1.8): per head, Ω̃ = q kᵀ/√C,
/// Ω = softmax Ω̃ over the visible keys, m = Ω v; the output is the heads' m side by side times Uᵀ.
template <class Scalar>
class FiniteSelfAttention {
 public:
  FiniteSelfAttention(const SelfAttention& layer, const FiniteContext<Scalar>& context,
                      const Matrix<Scalar>& signal)
      : context_(context),
        signal_(signal),
        query_(signal * context.weights[0].transpose()),
        key_(signal * context.weights[1].transpose()),
        value_(signal * context.weights[2].transpose()),
        mixed_(signal.rows(), signal.cols()) {
    const Index tokens = context.layout.tokens;
    layer.mask.require_shape(tokens, tokens);
    const auto hidden = Matrix<bool>::NullaryExpr(
        tokens, tokens, [&](Index query, Index key) { return !layer.mask.visible(query, key); });
    for_each_head([&](Index row, Index channel) {
      logits_.push_back(part(query_, row, channel) * part(key_, row, channel).transpose() * scale());
      Matrix<Scalar> attention = hidden.select(-std::numeric_limits<Scalar>::infinity(), logits_.back());
      attention = (attention.colwise() - attention.rowwise().maxCoeff()).array().exp().matrix();
      attention = (attention.rowwise().sum().cwiseInverse().asDiagonal() * attention).eval();
      part(mixed_, row, channel) = attention * part(value_, row, channel);
      attention_.push_back(std::move(attention));
    });
    output_ = mixed_ * context.weights[3].transpose();
  }

  const Matrix<Scalar>& output() const { return output_; }

  /// Ω̃ of every sample and head before masking, T×T: sample a and head h at a · H + h.
  const std::vector<Matrix<Scalar>>& logits() const { return logits_; }

  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    sink(3, cotangents, mixed_);
    const Matrix<Scalar> mixed = cotangents * context_.weights[3];
    Matrix<Scalar> query(mixed.rows(), mixed.cols()), key(query), value(query);
    const Index rows = signal_.rows();
    for (Index first = 0; first < mixed.rows(); first += rows) {
      std::size_t head = 0;
      for_each_head([&](Index row, Index channel) {
        const Matrix<Scalar>& attention = attention_[head++];
        const auto cotangent = part(mixed, first + row, channel);
        part(value, first + row, channel) = attention.transpose() * cotangent;
        // Through the softmax: J = diag p − p pᵀ in every row.
        Matrix<Scalar> logit = attention.cwiseProduct(cotangent * part(value_, row, channel).transpose());
        const Vector<Scalar> mean = logit.rowwise().sum();
        logit -= mean.asDiagonal() * attention;
        part(query, first + row, channel) = scale() * logit * part(key_, row, channel);
        part(key, first + row, channel) = scale() * logit.transpose() * part(query_, row, channel);
      });
    }
    sink(0, query, signal_);
    sink(1, key, signal_);
    sink(2, value, signal_);
    Matrix<Scalar> result = query * context_.weights[0];
    result.noalias() += key * context_.weights[1];
    result.noalias() += value * context_.weights[2];
    return result;
  }

 private:
  Index channels() const { return context_.sizes.width / context_.sizes.heads; }
  Scalar scale() const { return 1 / std::sqrt(static_cast<Scalar>(channels())); }

  template <class M>
  auto part(M& signal, Index row, Index channel) const {
    return signal.block(row, channel, context_.layout.tokens, channels());
  }

  template <class F>
  void for_each_head(F&& f) const {
    for (Index a = 0; a < context_.layout.samples; ++a)
      for (Index h = 0; h < context_.sizes.heads; ++h) f(context_.layout.first_row(a), h * channels());
  }

  FiniteContext<Scalar> context_;
  Matrix<Scalar> signal_, query_, key_, value_, mixed_, output_;
  std::vector<Matrix<Scalar>> logits_, attention_;
};

/// The layer at a signal; a layer of one's own has an overload like this.
template <class Scalar>
FiniteSelfAttention<Scalar> at_finite_width(const SelfAttention& layer, const FiniteContext<Scalar>& context,
                                            const Matrix<Scalar>& signal) {
  return {layer, context, signal};
}

}  // namespace widthwise
