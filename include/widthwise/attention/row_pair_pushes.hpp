// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/attention/softmax_problem.hpp"

namespace widthwise {

/// A kernel of pairs of rows in one order (N×N), to the mean over both orders.
template <class Scalar>
Matrix<Scalar> mean_of_both_orders(const Matrix<Scalar>& kernel) {
  return (kernel + kernel.transpose()) / Scalar(2);
}

/// What the keys' own kernel becomes, and a tangent kernel on the keys.
template <class Scalar>
struct RowPairPushes {
  SoftmaxPush<Scalar> keys, tangent;

  static RowPairPushes zero(Index rows) {
    const SoftmaxPush<Scalar> zero{Matrix<Scalar>::Zero(rows, rows), Matrix<Scalar>::Zero(rows, rows)};
    return {zero, zero};
  }

  /// Sums over draws, of pairs of rows in one order, to means over draws and both orders; takes one over the
  /// draws of every pair (N×N).
  void average(const Matrix<Scalar>& inverse_draws) {
    for (auto* sum : {&keys.values, &keys.jacobian, &tangent.values, &tangent.jacobian})
      *sum = mean_of_both_orders<Scalar>(sum->cwiseProduct(inverse_draws));
  }
};

}  // namespace widthwise
