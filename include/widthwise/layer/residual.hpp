// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/layer/layer_norm.hpp"

namespace widthwise {

/// A pre-norm residual block at a kernel: the skip path plus the branch behind its layer norm.
template <class Scalar, class Branch>
class LinearizedResidual {
 public:
  LinearizedResidual(const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent,
                     LinearizedLayerNorm<Scalar> norm, Branch branch)
      : norm_(std::move(norm)),
        branch_(std::move(branch)),
        forward_(std::move(branch_).forward()),
        tangent_(std::move(branch_).tangent()) {
    forward_ += kernel;
    tangent_ += tangent;
    std::move(norm_).tangent();  // served its purpose in the branch
  }

  const Matrix<Scalar>& forward() const& { return forward_; }
  const Matrix<Scalar>& tangent() const& { return tangent_; }
  Matrix<Scalar> forward() && { return std::move(forward_); }
  Matrix<Scalar> tangent() && { return std::move(tangent_); }
  Matrix<Scalar> push(const Matrix<Scalar>& tangent) const {
    return tangent + branch_.push(norm_.push(tangent));
  }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangent) const {
    return cotangent + norm_.pull(branch_.pull(cotangent));
  }
  /// Of an encoder's output, where the branch reads it.
  Matrix<Scalar> push_memory(const Matrix<Scalar>& tangent) const requires ReadsMemory<Branch, Scalar> {
    return branch_.push_memory(tangent);
  }
  Matrix<Scalar> pull_memory(const Matrix<Scalar>& cotangent) const requires ReadsMemory<Branch, Scalar> {
    return branch_.pull_memory(cotangent);
  }
  std::vector<Contribution<Scalar>> contributions() const { return branch_.contributions(); }
  Index draws() const { return branch_.draws(); }

  /// F: the kernel of the normalized signal that the branch reads.
  const Matrix<Scalar>& normalized() const& { return norm_.forward(); }
  Matrix<Scalar> normalized() && { return std::move(norm_).forward(); }

 private:
  LinearizedLayerNorm<Scalar> norm_;
  Branch branch_;
  Matrix<Scalar> forward_;
  Matrix<Scalar> tangent_;
};

/// z ← z + R(LN z): a residual block in pre-norm form (Eq. 1.3).
template <class Branch>
struct Residual {
  LayerNorm norm;
  Branch branch;

  static constexpr std::string_view kind = Branch::kind;

  template <class Scalar, class Context>
  requires Layer<Branch, Scalar, Context>
  auto linearize(const Matrix<Scalar>& kernel, const Matrix<Scalar>& tangent, const Context& context) const {
    auto normalized = norm.linearize(kernel, tangent, context);
    auto map = branch.linearize(normalized.forward(), normalized.tangent(), context);
    return LinearizedResidual<Scalar, decltype(map)>(kernel, tangent, std::move(normalized), std::move(map));
  }

  std::vector<ParameterGroup> groups(const Sizes& sizes) const { return branch.groups(sizes); }
};

template <class Branch>
Residual(LayerNorm, Branch) -> Residual<Branch>;

}  // namespace widthwise
