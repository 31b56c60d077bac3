// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// L with F = L Lᵀ for a positive semidefinite F (N×N), by pivoted Cholesky; L is N×R with R the numerical
/// rank.
///
/// Singular kernels (repeated tokens, identical patches) are welcome.
/// Throws std::invalid_argument where F is indefinite beyond rounding.
template <class Scalar>
Matrix<Scalar> covariance_root(const Matrix<Scalar>& covariance) {
  const Index n = covariance.rows();
  Vector<Scalar> left = covariance.diagonal();  // variances of the rest F − L Lᵀ
  const Scalar scale = left.maxCoeff();
  const Scalar rounding = 8 * static_cast<Scalar>(n) * std::numeric_limits<Scalar>::epsilon() * scale;

  Matrix<Scalar> root(n, n);
  Index rank = 0, pivot = 0;
  while (rank < n && left.maxCoeff(&pivot) > rounding) {
    const Scalar deviation = std::sqrt(left(pivot));
    auto column = root.col(rank);
    column = covariance.col(pivot);
    column.noalias() -= root.leftCols(rank) * root.row(pivot).head(rank).transpose();
    column /= deviation;
    left -= column.cwiseAbs2();
    left(pivot) = 0;
    ++rank;
  }
  root.conservativeResize(Eigen::NoChange, rank);
  // What has no variance left may have no covariance either.
  if (rank < n) {
    const Scalar rest = (covariance - root * root.transpose()).cwiseAbs().maxCoeff();
    if (!(rest <= 64 * rounding))
      detail::reject("the kernel is indefinite: covariances of ", rest,
                     " have no variance to go with them, with a largest variance of ", scale);
  }
  return root;
}

}  // namespace widthwise
