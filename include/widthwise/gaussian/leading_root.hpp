// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <limits>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

namespace detail {

/// Makes columns orthonormal by Gram and Schmidt, twice for accuracy; what depends on those before becomes 0.
inline void orthonormalize(Matrix<double>& basis) {
  for (Index k = 0; k < basis.cols(); ++k) {
    auto column = basis.col(k);
    const double length = column.norm();
    for (int pass = 0; pass < 2; ++pass)
      for (Index j = 0; j < k; ++j) column -= basis.col(j).dot(column) * basis.col(j);
    const double left = column.norm();
    column *= left > 1e-13 * length ? 1 / left : 0;
  }
}

/// An orthonormal basis (N×R) near the R leading eigenvectors, by subspace iteration. Where the rank is below
/// R, columns without a mode of their own are 0.
inline Matrix<double> leading_basis(const Matrix<double>& covariance, Index rank) {
  const Index n = covariance.rows();
  Matrix<double> basis(n, rank);
  Vector<double> left = covariance.diagonal();
  for (Index k = 0; k < rank; ++k) {  // start from a pivoted Cholesky factor
    Index pivot = 0;
    const double largest = left.maxCoeff(&pivot);
    basis.col(k) = covariance.col(pivot) - basis.leftCols(k) * basis.row(pivot).head(k).transpose();
    basis.col(k) *= largest > 0 ? 1 / std::sqrt(largest) : 0;
    left -= basis.col(k).cwiseAbs2();
  }
  for (int iteration = 0; iteration < 2; ++iteration) {
    basis = (covariance * basis).eval();
    orthonormalize(basis);
  }
  return basis;
}

}  // namespace detail

/// L with F = L Lᵀ for a positive semidefinite F, whose first columns carry its leading modes, largest first.
///
/// With any basis V, F V (Vᵀ F V)^(−1/2) takes from F what can be taken in so many columns and leaves a
/// semidefinite rest, which gets its Cholesky factor. Against round-off the diagonal is raised by some 10⁻¹³
/// of the largest variance; by more, as far as it takes, where a kernel that was sampled is indefinite within
/// its noise. L is N×(modes + N). Throws std::invalid_argument where a tenth of the largest variance is not
/// enough.
template <class Scalar>
Matrix<double> leading_root(const Matrix<Scalar>& covariance, Index modes = 8) {
  const Index n = covariance.rows();
  const Index rank = std::min(modes, n);
  Matrix<double> rest = covariance.template cast<double>();
  const double scale = rest.diagonal().maxCoeff();
  Matrix<double> root = Matrix<double>::Zero(n, rank + n);
  if (!(scale > 0)) return root;

  const Matrix<double> basis = detail::leading_basis(rest, rank);
  const Matrix<double> image = rest * basis;
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> modes_of(basis.transpose() * image);
  for (Index k = 0; k < rank; ++k) {
    const double variance = modes_of.eigenvalues()(rank - 1 - k);
    if (variance > 1e-12 * scale)
      root.col(k) = image * modes_of.eigenvectors().col(rank - 1 - k) / std::sqrt(variance);
  }
  rest.template selfadjointView<Eigen::Lower>().rankUpdate(root.leftCols(rank), -1);

  const double epsilon = std::max(static_cast<double>(std::numeric_limits<Scalar>::epsilon()), 0x1p-52);
  const double rounding = 8 * static_cast<double>(n) * epsilon * scale;
  Eigen::Ref<Matrix<double>> factor = root.rightCols(n);
  const double most = scale / 10;
  for (double raised = rounding;; raised = std::min(4 * raised, most)) {
    factor.template triangularView<Eigen::Lower>() = rest;
    factor.diagonal().array() += raised;
    if (Eigen::LLT<Eigen::Ref<Matrix<double>>>(factor).info() == Eigen::Success) return root;
    if (raised >= most)
      detail::reject("the kernel is indefinite: it has no Cholesky factor even with ", raised,
                     " added to its variances of up to ", scale);
  }
}

}  // namespace widthwise
