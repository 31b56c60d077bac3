// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Sums down every column: row i of the result is that of rows 0 to i.
template <class Scalar>
Matrix<Scalar> down_columns(Matrix<Scalar> matrix) {
  // Several columns side by side: one alone would wait for every addition.
  constexpr Index together = 8;
  for (Index first = 0; first < matrix.cols(); first += together) {
    const Index count = std::min(together, matrix.cols() - first);
    Scalar* const start = matrix.col(first).data();
    const Index stride = matrix.outerStride();
    for (Index i = 1; i < matrix.rows(); ++i)
      for (Index j = 0; j < count; ++j) start[j * stride + i] += start[j * stride + i - 1];
  }
  return matrix;
}

/// Sums along every row: column j of the result is that of columns 0 to j.
template <class Scalar>
Matrix<Scalar> along_rows(Matrix<Scalar> matrix) {
  for (Index j = 1; j < matrix.cols(); ++j) matrix.col(j) += matrix.col(j - 1);
  return matrix;
}

/// The transpose of `down_columns`: row i of the result is the sum of rows i to the last.
template <class Scalar>
Matrix<Scalar> up_columns(Matrix<Scalar> matrix) {
  constexpr Index together = 8;
  for (Index first = 0; first < matrix.cols(); first += together) {
    const Index count = std::min(together, matrix.cols() - first);
    Scalar* const start = matrix.col(first).data();
    const Index stride = matrix.outerStride();
    for (Index i = matrix.rows() - 1; i-- > 0;)
      for (Index j = 0; j < count; ++j) start[j * stride + i] += start[j * stride + i + 1];
  }
  return matrix;
}

/// The transpose of `along_rows`: column j of the result is the sum of columns j to the last.
template <class Scalar>
Matrix<Scalar> back_along_rows(Matrix<Scalar> matrix) {
  for (Index j = matrix.cols() - 1; j-- > 0;) matrix.col(j) += matrix.col(j + 1);
  return matrix;
}

}  // namespace widthwise
