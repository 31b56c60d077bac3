// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/layer/context.hpp"

namespace widthwise {

/// Layer norm at a kernel: entrywise division by √(G₁₁+ε)√(G₂₂+ε), the same for tangents and cotangents.
template <class Scalar>
class LinearizedLayerNorm {
 public:
  LinearizedLayerNorm(const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent, Scalar epsilon) {
    for (Index i = 0; i < kernel.rows(); ++i)
      if (!(kernel(i, i) + epsilon > 0))
        detail::reject("layer norm: row ", i, " has the variance ", kernel(i, i), " and epsilon is ", epsilon,
                       ", so it cannot be normalized");
    const Vector<Scalar> inverse_deviation = (kernel.diagonal().array() + epsilon).sqrt().inverse().matrix();
    scale_ = inverse_deviation * inverse_deviation.transpose();
    forward_ = push(kernel);
    tangent_ = push(tangent);
  }

  const Matrix<Scalar>& forward() const { return forward_; }
  const Matrix<Scalar>& tangent() const { return tangent_; }
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const { return scale_.cwiseProduct(tangent); }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const { return push(cotangent); }
  std::vector<Contribution<Scalar>> contributions() const { return {}; }
  bool sampled() const { return false; }

 private:
  Matrix<Scalar> scale_;  // 1 / (√(G₁₁+ε) √(G₂₂+ε))
  Matrix<Scalar> forward_;
  Matrix<Scalar> tangent_;
};

/// Layer norm without trained parameters: F₁₂ = G₁₂ / (√(G₁₁+ε) √(G₂₂+ε)), ε inside the root
/// (Eqs. 1.53, 1.139).
struct LayerNorm {
  double epsilon = 1e-6;

  template <class Scalar, class Engine>
  LinearizedLayerNorm<Scalar> linearize(const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent,
                                        const FlowContext<Engine>&) const {
    return {kernel, tangent, static_cast<Scalar>(epsilon)};
  }
};

}  // namespace widthwise
