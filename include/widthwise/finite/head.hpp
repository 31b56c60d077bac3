// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include "widthwise/finite/context.hpp"
#include "widthwise/finite/layer_norm.hpp"
#include "widthwise/layer/head.hpp"

namespace widthwise {

/// Layer norm and a linear map to some of the outputs (Eqs. 1.34, 1.80, 1.84).
///
/// A row of `weight` belongs to each output that is looked at; a tied head's are columns of the embedding.
template <class Scalar>
class FiniteHead {
 public:
  FiniteHead(FiniteLayerNorm<Scalar> norm, Matrix<Scalar> weight, const Vector<Scalar>& bias, bool tied,
             Scalar multiplier, std::size_t first_weight)
      : norm_(std::move(norm)),
        weight_(multiplier * weight),
        multiplier_(multiplier),
        tied_(tied),
        biased_(bias.size() > 0),
        first_weight_(first_weight) {
    output_ = norm_.output() * weight_.transpose();
    if (biased_) output_.rowwise() += bias.transpose();
  }

  /// One column for each output that is looked at.
  const Matrix<Scalar>& output() const { return output_; }
  const Matrix<Scalar>& normalized() const { return norm_.output(); }

  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    if (tied_) {
      // y = N_rescale s W: the gradient of the embedding's columns is sᵀ δ.
      sink.transposed(first_weight_, Matrix<Scalar>(multiplier_ * cotangents), norm_.output());
    } else {
      sink(first_weight_, cotangents, norm_.output());
      if (biased_)
        sink(first_weight_ + 1, cotangents,
             OneHot{std::vector<Index>(static_cast<std::size_t>(norm_.output().rows()), 0), 1});
    }
    return norm_.pull(cotangents * weight_);
  }

 private:
  FiniteLayerNorm<Scalar> norm_;
  Matrix<Scalar> weight_;
  Scalar multiplier_;
  bool tied_, biased_;
  std::size_t first_weight_;
  Matrix<Scalar> output_;
};

}  // namespace widthwise
