// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/attention/softmax_problem.hpp"

namespace widthwise {

/// A sum over draws, of pairs of rows in one order, to the mean over draws and over both orders.
template <class Scalar>
Matrix<Scalar> mean_of_both_orders(const Matrix<Scalar>& sum, Index draws) {
  return (sum + sum.transpose()) / static_cast<Scalar>(2 * draws);
}

/// What the keys' own kernel becomes, and a tangent kernel on the keys.
template <class Scalar>
struct RowPairPushes {
  SoftmaxPush<Scalar> keys, tangent;

  static RowPairPushes zero(Index rows) {
    const SoftmaxPush<Scalar> zero{Matrix<Scalar>::Zero(rows, rows), Matrix<Scalar>::Zero(rows, rows)};
    return {zero, zero};
  }

  void average(Index draws) {
    for (auto* sum : {&keys.values, &keys.jacobian, &tangent.values, &tangent.jacobian})
      *sum = mean_of_both_orders(*sum, draws);
  }
};

}  // namespace widthwise
