// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

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
    inverse_deviations_ = (kernel.diagonal().array() + epsilon).sqrt().inverse().matrix();
    forward_ = push(kernel);
    tangent_ = push(tangent);
  }

  const Matrix<Scalar>& forward() const& { return forward_; }
  const Matrix<Scalar>& tangent() const& { return tangent_; }
  Matrix<Scalar> forward() && { return std::move(forward_); }
  Matrix<Scalar> tangent() && { return std::move(tangent_); }
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const {
    Matrix<Scalar> scaled(tangent.rows(), tangent.cols());
    for (Index j = 0; j < tangent.cols(); ++j)
      scaled.col(j) = (inverse_deviations_(j) * inverse_deviations_).cwiseProduct(tangent.col(j));
    return scaled;
  }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const { return push(cotangent); }
  std::vector<Contribution<Scalar>> contributions() const { return {}; }
  Index draws() const { return 0; }
  /// F, as a residual block has it.
  const Matrix<Scalar>& normalized() const { return forward_; }

 private:
  Vector<Scalar> inverse_deviations_;  // 1/√(G₁₁+ε)
  Matrix<Scalar> forward_;
  Matrix<Scalar> tangent_;
};

/// Layer norm without trained parameters: F₁₂ = G₁₂ / (√(G₁₁+ε) √(G₂₂+ε)), ε inside the root
/// (Eqs. 1.53, 1.139). A block of its own behind an embedding or an encoder.
struct LayerNorm {
  double epsilon = 1e-6;

  static constexpr std::string_view kind = "norm";

  template <class Scalar, class Engine>
  LinearizedLayerNorm<Scalar> linearize(const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent,
                                        const FlowContext<Engine>&) const {
    return {kernel, tangent, static_cast<Scalar>(epsilon)};
  }

  /// None: it has no trained parameters.
  std::vector<ParameterGroup> groups(const Sizes&) const { return {}; }
};

}  // namespace widthwise
