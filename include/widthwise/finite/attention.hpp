// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include "widthwise/attention/mask.hpp"
#include "widthwise/finite/context.hpp"

namespace widthwise {

/// Attention of finite width of a normalized signal to another one, or to itself (Eqs. 1.4–1.8): per head,
/// Ω̃ = q kᵀ/√C, Ω = softmax Ω̃ over the visible keys, m = Ω v; the output is the heads' m side by side times
/// Uᵀ.
template <class Scalar>
class FiniteAttention {
 public:
  /// `asks` has the rows of the context, `reads` those of `read_layout`.
  FiniteAttention(const Mask& mask, const FiniteContext<Scalar>& context, const Matrix<Scalar>& asks,
                  const Matrix<Scalar>& reads, TokenLayout read_layout)
      : context_(context),
        read_layout_(read_layout),
        asks_(asks),
        reads_(reads),
        query_(asks * context.weights[0].transpose()),
        key_(reads * context.weights[1].transpose()),
        value_(reads * context.weights[2].transpose()),
        mixed_(asks.rows(), asks.cols()) {
    mask.require_fit(context.layout, read_layout);
    const auto hidden =
        Matrix<bool>::NullaryExpr(context.layout.tokens, read_layout.tokens,
                                  [&](Index query, Index key) { return !mask.visible(query, key); });
    for_each_head([&](Place row, Place read, Index channel) {
      logits_.push_back(part(query_, row, channel) * part(key_, read, channel).transpose() * scale());
      Matrix<Scalar> attention = hidden.topLeftCorner(row.tokens, read.tokens)
                                     .select(-std::numeric_limits<Scalar>::infinity(), logits_.back());
      attention = (attention.colwise() - attention.rowwise().maxCoeff()).array().exp().matrix();
      attention = (attention.rowwise().sum().cwiseInverse().asDiagonal() * attention).eval();
      part(mixed_, row, channel) = attention * part(value_, read, channel);
      attention_.push_back(std::move(attention));
    });
    output_ = mixed_ * context.weights[3].transpose();
  }

  const Matrix<Scalar>& output() const { return output_; }

  /// Ω̃ of every sample and head before masking, queries × keys: sample a and head h at a · H + h.
  const std::vector<Matrix<Scalar>>& logits() const { return logits_; }

  /// Of the signal that asks, and of the one that is read.
  struct Cotangents {
    Matrix<Scalar> asks, reads;
  };

  template <class Sink>
  Cotangents pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    sink(3, cotangents, mixed_);
    const Matrix<Scalar> mixed = cotangents * context_.weights[3];
    const Index rows = asks_.rows(), read_rows = reads_.rows(), count = mixed.rows() / rows;
    Matrix<Scalar> query(mixed.rows(), mixed.cols()), key(count * read_rows, mixed.cols()), value(key);
    for (Index i = 0; i < count; ++i) {
      std::size_t head = 0;
      for_each_head([&](Place row, Place read, Index channel) {
        const Matrix<Scalar>& attention = attention_[head++];
        const Place asks = row.moved(i * rows), reads = read.moved(i * read_rows);
        const auto cotangent = part(mixed, asks, channel);
        part(value, reads, channel) = attention.transpose() * cotangent;
        // Through the softmax: J = diag p − p pᵀ in every row.
        Matrix<Scalar> logit = attention.cwiseProduct(cotangent * part(value_, read, channel).transpose());
        const Vector<Scalar> mean = logit.rowwise().sum();
        logit -= mean.asDiagonal() * attention;
        part(query, asks, channel) = scale() * logit * part(key_, read, channel);
        part(key, reads, channel) = scale() * logit.transpose() * part(query_, row, channel);
      });
    }
    sink(0, query, asks_);
    sink(1, key, reads_, read_layout_);
    sink(2, value, reads_, read_layout_);
    Cotangents result{query * context_.weights[0], key * context_.weights[1]};
    result.reads.noalias() += value * context_.weights[2];
    return result;
  }

 private:
  Index channels() const { return context_.sizes.width / context_.sizes.heads; }
  Scalar scale() const { return 1 / std::sqrt(static_cast<Scalar>(channels())); }

  // The rows of one sample.
  struct Place {
    Index first, tokens;
    Place moved(Index rows) const { return {first + rows, tokens}; }
  };
  template <class M>
  auto part(M& signal, Place rows, Index channel) const {
    return signal.block(rows.first, channel, rows.tokens, channels());
  }

  template <class F>
  void for_each_head(F&& f) const {
    for (Index a = 0; a < context_.layout.samples; ++a)
      for (Index h = 0; h < context_.sizes.heads; ++h)
        f(Place{context_.layout.first_row(a), context_.layout.length(a)},
          Place{read_layout_.first_row(a), read_layout_.length(a)}, h * channels());
  }

  FiniteContext<Scalar> context_;
  TokenLayout read_layout_;
  Matrix<Scalar> asks_, reads_, query_, key_, value_, mixed_, output_;
  std::vector<Matrix<Scalar>> logits_, attention_;
};

}  // namespace widthwise
