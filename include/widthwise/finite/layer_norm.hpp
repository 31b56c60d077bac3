// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/finite/context.hpp"
#include "widthwise/layer/layer_norm.hpp"

namespace widthwise {

/// Layer norm at a signal: s = (z − mean z) / √(var z + ε), each row by itself (Eqs. 1.2, 1.53).
template <class Scalar>
class FiniteLayerNorm {
 public:
  FiniteLayerNorm(const LayerNorm& layer, const Matrix<Scalar>& signal) {
    const Matrix<Scalar> centred = signal.colwise() - signal.rowwise().mean();
    inverse_deviation_ = (centred.rowwise().squaredNorm().array() / static_cast<Scalar>(signal.cols()) +
                          static_cast<Scalar>(layer.epsilon))
                             .sqrt()
                             .inverse()
                             .matrix();
    output_ = inverse_deviation_.asDiagonal() * centred;
  }

  const Matrix<Scalar>& output() const { return output_; }
  const Matrix<Scalar>& normalized() const { return output_; }

  /// (δ − mean δ − s mean(s ∘ δ)) / √(var z + ε), for all cotangents at once.
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents) const {
    const Index rows = output_.rows();
    Matrix<Scalar> result = cotangents.colwise() - cotangents.rowwise().mean();
    for (Index first = 0; first < result.rows(); first += rows) {
      auto part = result.middleRows(first, rows);
      const Vector<Scalar> along = part.cwiseProduct(output_).rowwise().mean();
      part -= along.asDiagonal() * output_;
      part = (inverse_deviation_.asDiagonal() * part).eval();
    }
    return result;
  }

  /// As a block: no weight has a gradient.
  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&&) const {
    return pull(cotangents);
  }

 private:
  Vector<Scalar> inverse_deviation_;
  Matrix<Scalar> output_;
};

template <class Scalar>
FiniteLayerNorm<Scalar> at_finite_width(const LayerNorm& layer, const FiniteContext<Scalar>&,
                                        const Matrix<Scalar>& signal) {
  return {layer, signal};
}

}  // namespace widthwise
