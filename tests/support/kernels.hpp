// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <cstdint>
#include <random>

#include "widthwise/kernel/layout.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise::test {

/// A matrix of independent standard normal values.
template <class Scalar = double>
Matrix<Scalar> normal_matrix(Index rows, Index cols, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<Scalar> normal;
  return Matrix<Scalar>::NullaryExpr(rows, cols, [&](Index, Index) { return normal(generator); });
}

template <class Scalar = double>
Matrix<Scalar> symmetric_matrix(Index n, std::uint64_t seed) {
  const Matrix<Scalar> a = normal_matrix<Scalar>(n, n, seed);
  return a + a.transpose();
}

/// A positive semidefinite kernel of the given rank with variances of order one.
template <class Scalar = double>
Matrix<Scalar> random_kernel(Index n, Index rank, std::uint64_t seed) {
  const Matrix<Scalar> a = normal_matrix<Scalar>(n, rank, seed);
  return mirrored<Scalar>(a * a.transpose() / static_cast<Scalar>(rank));
}

/// The same with unit variances: a kernel as layer norm leaves it.
template <class Scalar = double>
Matrix<Scalar> random_correlation(Index n, Index rank, std::uint64_t seed) {
  const Matrix<Scalar> kernel = random_kernel<Scalar>(n, rank, seed);
  const Vector<Scalar> scale = kernel.diagonal().cwiseSqrt().cwiseInverse();
  Matrix<Scalar> correlation = kernel.cwiseProduct(scale * scale.transpose());
  correlation.diagonal().setOnes();
  return correlation;
}

/// Smallest eigenvalue.
template <class Scalar>
Scalar least_eigenvalue(const Matrix<Scalar>& kernel) {
  return Eigen::SelfAdjointEigenSolver<Matrix<Scalar>>(kernel, Eigen::EigenvaluesOnly)
      .eigenvalues()
      .minCoeff();
}

template <class Scalar>
Scalar asymmetry(const Matrix<Scalar>& kernel) {
  return (kernel - kernel.transpose()).cwiseAbs().maxCoeff();
}

/// Largest difference relative to the largest entry of the second.
template <class Scalar>
Scalar distance(const Matrix<Scalar>& a, const Matrix<Scalar>& b) {
  return (a - b).cwiseAbs().maxCoeff() / b.cwiseAbs().maxCoeff();
}

}  // namespace widthwise::test
