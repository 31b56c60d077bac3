// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/attention/seen_keys.hpp"

namespace widthwise {

/// A softmax expectation beside keys that are padding: that of the seen keys.
template <class Scalar, SoftmaxExpectation<Scalar> Expectation>
class PaddedExpectation {
 public:
  /// `expectation` is of `seen.problem(…)`, made with `seen.restrict(tangent)`.
  PaddedExpectation(SeenKeys<Scalar> seen, Expectation expectation)
      : seen_(std::move(seen)), expectation_(std::move(expectation)) {}

  const Matrix<Scalar>& values() const { return expectation_.values(); }
  const Matrix<Scalar>& jacobian() const { return expectation_.jacobian(); }
  const SoftmaxPush<Scalar>& pushed() const& { return expectation_.pushed(); }
  SoftmaxPush<Scalar> pushed() && { return std::move(expectation_).pushed(); }
  Index draws() const { return expectation_.draws(); }

  SoftmaxPush<Scalar> push(const Matrix<Scalar>& tangent) const {
    return expectation_.push(seen_.restrict(tangent));
  }

  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    return seen_.extend(expectation_.pull(values, jacobian));
  }

 private:
  SeenKeys<Scalar> seen_;
  Expectation expectation_;
};

}  // namespace widthwise
