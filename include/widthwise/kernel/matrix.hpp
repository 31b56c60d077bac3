// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "widthwise/kernel/reject.hpp"

namespace widthwise {

using Eigen::Index;

/// A dense matrix; kernels are symmetric N×N with one row per (sample, token), samples outermost.
template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// ⟨A, B⟩ = Σ A₁₂ B₁₂, the pairing between a tangent kernel and a cotangent.
template <class A, class B>
typename A::Scalar inner(const Eigen::MatrixBase<A>& a, const Eigen::MatrixBase<B>& b) {
  return a.cwiseProduct(b).sum();
}

/// The same kernel with its upper triangle mirrored: products of matrices are symmetric only up to rounding.
template <class Scalar>
Matrix<Scalar> mirrored(Matrix<Scalar> kernel) {
  kernel.template triangularView<Eigen::StrictlyLower>() = kernel.transpose();
  return kernel;
}

/// Checks that a kernel is square with the expected rows, finite, symmetric and has no negative variance.
/// Throws std::invalid_argument that names the kernel and the offending entry.
/// Symmetry is asked for up to rounding relative to the two variances.
template <class Scalar>
void require_kernel(const Matrix<Scalar>& kernel, Index rows, std::string_view name) {
  using std::abs;
  using std::sqrt;
  if (kernel.rows() != rows || kernel.cols() != rows)
    detail::reject(name, " is ", kernel.rows(), "×", kernel.cols(), " but should be ", rows, "×", rows);
  const Scalar slack = 64 * std::numeric_limits<Scalar>::epsilon();
  const Scalar typical = abs(kernel.trace()) / static_cast<Scalar>(std::max<Index>(rows, 1));
  for (Index j = 0; j < rows; ++j) {
    for (Index i = 0; i <= j; ++i) {
      if (!(abs(kernel(i, j)) <= std::numeric_limits<Scalar>::max()))
        detail::reject(name, " is not finite: entry (", i, ", ", j, ") is ", kernel(i, j));
      if (!(abs(kernel(i, j) - kernel(j, i)) <= slack * (abs(kernel(i, j)) + abs(kernel(j, i)) + typical)))
        detail::reject(name, " is not symmetric: entries (", i, ", ", j, ") and (", j, ", ", i, ") are ",
                       kernel(i, j), " and ", kernel(j, i));
    }
    if (kernel(j, j) < 0)
      detail::reject(name, " has a negative variance: entry (", j, ", ", j, ") is ", kernel(j, j));
  }
}

}  // namespace widthwise
