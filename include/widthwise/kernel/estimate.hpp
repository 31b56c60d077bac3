// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

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
  void add(Matrix<Scalar> replicate) {
    ++count_;
    if (count_ == 1) {
      squares_.setZero(replicate.rows(), replicate.cols());
      mean_ = std::move(replicate);
      return;
    }
    const Scalar share = 1 / static_cast<Scalar>(count_);
    auto* mean = mean_.data();
    auto* squares = squares_.data();
    const auto* value = replicate.data();
    for (Index i = 0; i < mean_.size(); ++i) {
      const Scalar deviation = value[i] - mean[i];
      mean[i] += share * deviation;
      squares[i] += (1 - share) * deviation * deviation;
    }
  }

  /// `widening` multiplies the standard error.
  Estimate<Matrix<Scalar>> estimate(Scalar widening = 1) && {
    if (count_ > 1) {
      const Scalar scale = widening * widening / static_cast<Scalar>(count_ * (count_ - 1));
      squares_ = (scale * squares_).cwiseSqrt();
    }
    return {std::move(mean_), std::move(squares_)};
  }
  Estimate<Matrix<Scalar>> estimate(Scalar widening = 1) const& {
    ReplicateMean copy = *this;
    return std::move(copy).estimate(widening);
  }

 private:
  Index count_ = 0;
  Matrix<Scalar> mean_;
  Matrix<Scalar> squares_;  // Σ (x − mean)²
};

}  // namespace widthwise
