// SPDX-License-Identifier: MIT
#pragma once

#include <variant>
#include <vector>

#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// Input of a weight that is looked up rather than multiplied: row r reads `columns[r]`, or nothing where
/// that is −1.
struct OneHot {
  std::vector<Index> columns;
  Index size;  ///< of the input if it were written out
};

/// What a weight is applied to, one row per (sample, token).
template <class Scalar>
using LinearInput = std::variant<Matrix<Scalar>, OneHot>;

namespace detail {

/// y += x Wᵀ.
template <class Scalar>
void add_product(Matrix<Scalar>& y, const Matrix<Scalar>& x, const Matrix<Scalar>& weight) {
  y.noalias() += x * weight.transpose();
}
template <class Scalar>
void add_product(Matrix<Scalar>& y, const OneHot& x, const Matrix<Scalar>& weight) {
  for (Index r = 0; r < y.rows(); ++r)
    if (const Index column = x.columns[static_cast<std::size_t>(r)]; column >= 0)
      y.row(r) += weight.col(column).transpose();
}

/// The gradient of W, δᵀ x, is added up; δ has one row for each of x.
template <class Scalar>
void add_gradient(Matrix<Scalar>& gradient, const Matrix<Scalar>& delta, const Matrix<Scalar>& x) {
  gradient.noalias() += delta.transpose() * x;
}
template <class Scalar>
void add_gradient(Matrix<Scalar>& gradient, const Matrix<Scalar>& delta, const OneHot& x) {
  for (Index r = 0; r < delta.rows(); ++r)
    if (const Index column = x.columns[static_cast<std::size_t>(r)]; column >= 0)
      gradient.col(column) += delta.row(r).transpose();
}

/// x yᵀ, one row per row of x and one column per row of y.
template <class Scalar>
Matrix<Scalar> row_products(const Matrix<Scalar>& x, const Matrix<Scalar>& y) {
  return x * y.transpose();
}
template <class Scalar>
Matrix<Scalar> row_products(const OneHot& x, const OneHot& y) {
  const auto rows = static_cast<Index>(x.columns.size()), columns = static_cast<Index>(y.columns.size());
  return Matrix<Scalar>::NullaryExpr(rows, columns, [&](Index i, Index j) {
    const Index a = x.columns[static_cast<std::size_t>(i)], b = y.columns[static_cast<std::size_t>(j)];
    return a >= 0 && a == b ? Scalar(1) : Scalar(0);
  });
}

/// `copies` copies of a signal, one below the other: what belongs to as many cotangents at once.
template <class Scalar>
Matrix<Scalar> stacked(const Matrix<Scalar>& signal, Index copies) {
  return signal.replicate(copies, 1);
}

}  // namespace detail

/// Takes in what reverse mode finds, weight by weight.
///
/// `sink(i, δ, x, layout)`: weight i stands in y = x Wᵀ and δ is the cotangent of y, so the gradient is δᵀ x.
/// `sink.transposed(i, δ, x, layout)`: it stands in y = x W, so the gradient is xᵀ δ.
/// `sink.signal(b, δ, layout)`: δ is the cotangent of z at the output of block b, counted from 0, the stem.
/// Every δ holds one or more cotangents below each other, each with the rows of x, which `layout` describes.
template <class S, class Scalar>
concept GradientSink = requires(S& sink, const Matrix<Scalar>& delta, const OneHot& x,
                                const TokenLayout& layout) {
  sink(std::size_t(), delta, delta, layout);
  sink(std::size_t(), delta, x, layout);
  sink.transposed(std::size_t(), delta, delta, layout);
  sink.transposed(std::size_t(), delta, x, layout);
  sink.signal(std::size_t(), delta, layout);
};

namespace detail {

/// A sink as one block sees it: its weights count from 0, and its signals have the given rows unless it says
/// otherwise.
template <class Sink>
struct BlockSink {
  Sink& sink;
  std::size_t first;
  TokenLayout layout;

  template <class Delta, class Input>
  void operator()(std::size_t weight, const Delta& delta, const Input& x) const {
    sink(first + weight, delta, x, layout);
  }
  template <class Delta, class Input>
  void operator()(std::size_t weight, const Delta& delta, const Input& x, const TokenLayout& rows) const {
    sink(first + weight, delta, x, rows);
  }
  template <class Delta, class Input>
  void transposed(std::size_t weight, const Delta& delta, const Input& x) const {
    sink.transposed(first + weight, delta, x, layout);
  }
};

}  // namespace detail

}  // namespace widthwise
