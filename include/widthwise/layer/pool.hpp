// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// How the head's rows become outputs: all of them, their mean over a sample's tokens (Eq. 1.81), or the
/// class token's row.
enum class Pool { none, mean, class_token };

/// The pooling matrix P (outputs × rows), one sample's rows after the other; pooled kernels are P K Pᵀ.
template <class Scalar>
Matrix<Scalar> pooling_matrix(Pool pool, const TokenLayout& layout) {
  if (pool == Pool::none) return Matrix<Scalar>::Identity(layout.rows(), layout.rows());
  Matrix<Scalar> pooling = Matrix<Scalar>::Zero(layout.samples, layout.rows());
  for (Index a = 0; a < layout.samples; ++a) {
    if (pool == Pool::mean)
      pooling.row(a)
          .segment(layout.first_row(a), layout.length(a))
          .setConstant(1 / static_cast<Scalar>(layout.length(a)));
    else
      pooling(a, layout.first_row(a)) = 1;
  }
  return pooling;
}

}  // namespace widthwise
