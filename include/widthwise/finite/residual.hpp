// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/finite/context.hpp"
#include "widthwise/finite/layer_norm.hpp"
#include "widthwise/layer/residual.hpp"

namespace widthwise {

/// z + R(LN z) at a signal z (Eq. 1.3).
template <class Scalar, class Branch>
class FiniteResidual {
 public:
  FiniteResidual(const Matrix<Scalar>& signal, FiniteLayerNorm<Scalar> norm, Branch branch)
      : norm_(std::move(norm)), branch_(std::move(branch)), output_(signal + branch_.output()) {}

  const Matrix<Scalar>& output() const { return output_; }

  template <class Sink>
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    return cotangents + norm_.pull(branch_.pull(cotangents, sink));
  }

  /// The same where the branch reads an encoder's output, whose cotangents are added to `memory`.
  template <class Sink>
  requires requires(const Branch& branch, const Matrix<Scalar>& delta, Sink& sink, Matrix<Scalar>& memory) {
    branch.pull(delta, sink, memory);
  }
  Matrix<Scalar> pull(const Matrix<Scalar>& cotangents, Sink&& sink, Matrix<Scalar>& memory) const {
    return cotangents + norm_.pull(branch_.pull(cotangents, sink, memory));
  }

  /// s, the signal that the branch reads.
  const Matrix<Scalar>& normalized() const { return norm_.output(); }
  const Branch& branch() const { return branch_; }

 private:
  FiniteLayerNorm<Scalar> norm_;
  Branch branch_;
  Matrix<Scalar> output_;
};

template <class Scalar, class Branch, class Context>
requires requires(const Branch& branch, const Context& context, const Matrix<Scalar>& signal) {
  at_finite_width(branch, context, signal);
}
auto at_finite_width(const Residual<Branch>& layer, const Context& context, const Matrix<Scalar>& signal) {
  FiniteLayerNorm<Scalar> norm(layer.norm, signal);
  auto branch = at_finite_width(layer.branch, context, norm.output());
  return FiniteResidual<Scalar, decltype(branch)>(signal, std::move(norm), std::move(branch));
}

}  // namespace widthwise
