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

/// Mirrors the upper triangle into the lower one, in tiles that stay in the nearest cache.
template <class Scalar>
void mirror_upper(Matrix<Scalar>& kernel) {
  constexpr Index tile = 16;
  const Index n = kernel.rows();
  for (Index j = 0; j < n; j += tile) {
    const Index columns = std::min(tile, n - j);
    for (Index i = 0; i < j; i += tile)
      kernel.block(j, i, columns, tile) = kernel.block(i, j, tile, columns).transpose();
    for (Index column = j; column < j + columns; ++column)
      for (Index row = j; row < column; ++row) kernel(column, row) = kernel(row, column);
  }
}

/// The same kernel with its upper triangle mirrored: products of matrices are symmetric only up to rounding.
template <class Scalar>
Matrix<Scalar> mirrored(Matrix<Scalar> kernel) {
  mirror_upper(kernel);
  return kernel;
}

namespace detail {

/// Whether a square matrix passes for a kernel, in tiles and without a word about what is wrong.
template <class Scalar>
bool looks_like_a_kernel(const Matrix<Scalar>& kernel, Scalar slack, Scalar typical) {
  constexpr Index tile = 16;
  const Index n = kernel.rows();
  bool good = n == 0 || kernel.diagonal().minCoeff() >= 0;
  for (Index j = 0; j < n && good; j += tile)
    for (Index i = 0; i <= j && good; i += tile) {
      const Index rows = std::min(tile, n - i), columns = std::min(tile, n - j);
      const auto upper = kernel.block(i, j, rows, columns).array();
      const Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor, tile, tile> lower =
          kernel.block(j, i, columns, rows).transpose().array();
      // Comparisons with what is not a number are false.
      const auto sizes = upper.abs() + lower.abs() + typical;
      good = (sizes <= std::numeric_limits<Scalar>::max() && (upper - lower).abs() <= slack * sizes).all();
    }
  return good;
}

}  // namespace detail

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
  if (detail::looks_like_a_kernel(kernel, slack, typical)) return;
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
