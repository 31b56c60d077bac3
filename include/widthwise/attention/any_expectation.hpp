// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <variant>

#include "widthwise/attention/softmax_problem.hpp"

namespace widthwise {

/// One of several softmax expectations, chosen at run time.
template <class Scalar, SoftmaxExpectation<Scalar>... Expectations>
class AnyExpectation {
 public:
  template <class E>
  requires(std::same_as<E, Expectations> || ...) AnyExpectation(E expectation)
      : held_(std::move(expectation)) {}

  const Matrix<Scalar>& values() const {
    return std::visit([](const auto& e) -> const Matrix<Scalar>& { return e.values(); }, held_);
  }
  const Matrix<Scalar>& jacobian() const {
    return std::visit([](const auto& e) -> const Matrix<Scalar>& { return e.jacobian(); }, held_);
  }
  const SoftmaxPush<Scalar>& pushed() const& {
    return std::visit([](const auto& e) -> const SoftmaxPush<Scalar>& { return e.pushed(); }, held_);
  }
  SoftmaxPush<Scalar> pushed() && {
    return std::visit([](auto& e) -> SoftmaxPush<Scalar> { return std::move(e).pushed(); }, held_);
  }
  SoftmaxPush<Scalar> push(const Matrix<Scalar>& tangent) const {
    return std::visit([&](const auto& e) { return e.push(tangent); }, held_);
  }
  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    return std::visit([&](const auto& e) { return e.pull(values, jacobian); }, held_);
  }
  Index draws() const {
    return std::visit([](const auto& e) { return e.draws(); }, held_);
  }

 private:
  std::variant<Expectations...> held_;
};

}  // namespace widthwise
