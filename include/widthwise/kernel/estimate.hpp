// SPDX-License-Identifier: MIT
#pragma once

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// A value with its standard error; the error is exactly zero where nothing was sampled.
template <class T>
struct Estimate {
  T value;
  T standard_error;
};

/// Largest standard error of an entry, relative to the largest entry (zero for a zero kernel).
template <class Scalar>
Scalar relative_error(const Estimate<Matrix<Scalar>>& kernel) {
  const Scalar largest = kernel.value.cwiseAbs().maxCoeff();
  return largest > 0 ? kernel.standard_error.maxCoeff() / largest : Scalar(0);
}

/// Mean and standard error over independent replicates, by Welford's update.
///
/// A single replicate is taken to be exact: its standard error is zero.
template <class Scalar>
class ReplicateMean {
 public:
  void add(const Matrix<Scalar>& replicate) {
    ++count_;
    if (count_ == 1) {
      mean_ = replicate;
      squares_.setZero(replicate.rows(), replicate.cols());
      return;
    }
    const Matrix<Scalar> deviation = replicate - mean_;
    mean_ += deviation / static_cast<Scalar>(count_);
    squares_ += deviation.cwiseProduct(replicate - mean_);
  }

  Estimate<Matrix<Scalar>> estimate() const {
    if (count_ < 2) return {mean_, squares_};
    return {mean_, (squares_ / static_cast<Scalar>(count_ * (count_ - 1))).cwiseMax(0).cwiseSqrt()};
  }

 private:
  Index count_ = 0;
  Matrix<Scalar> mean_;
  Matrix<Scalar> squares_;  // Σ (x − mean)²
};

}  // namespace widthwise
