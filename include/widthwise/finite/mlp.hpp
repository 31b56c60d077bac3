// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/finite/context.hpp"
#include "widthwise/layer/mlp.hpp"

namespace widthwise {

/// MLP of finite width at a normalized signal s: X σ(W s) (Eq. 1.9).
template <class Scalar>
class FiniteMlp {
 public:
  template <class ActivationType>
  FiniteMlp(const Mlp<ActivationType>& layer, const FiniteContext<Scalar>& context,
            const Matrix<Scalar>& signal)
      : context_(context), signal_(signal) {
    const Matrix<Scalar> hidden = signal * context.weights[0].transpose();
    active_ = hidden.unaryExpr([&](Scalar x) { return static_cast<Scalar>(layer.activation(x)); });
    slope_ = hidden.unaryExpr([&](Scalar x) { return static_cast<Scalar>(layer.activation.derivative(x)); });
    output_ = active_ * context.weights[1].transpose();
  }

  const Matrix<Scalar>& output() const { return output_; }

  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    sink(1, cotangents, active_);
    Matrix<Scalar> hidden = cotangents * context_.weights[1];
    for (Index first = 0; first < hidden.rows(); first += slope_.rows())
      hidden.middleRows(first, slope_.rows()).array() *= slope_.array();
    sink(0, hidden, signal_);
    return hidden * context_.weights[0];
  }

 private:
  FiniteContext<Scalar> context_;
  Matrix<Scalar> signal_, active_, slope_, output_;
};

template <class Scalar, class ActivationType>
FiniteMlp<Scalar> at_finite_width(const Mlp<ActivationType>& layer, const FiniteContext<Scalar>& context,
                                  const Matrix<Scalar>& signal) {
  return {layer, context, signal};
}

}  // namespace widthwise
