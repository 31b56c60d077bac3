// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <variant>

#include "widthwise/attention/matrix_normal.hpp"
#include "widthwise/attention/two_tokens.hpp"

namespace widthwise {

/// Softmax expectations the best way there is: exactly where that is possible, by the engine elsewhere.
///
/// Exact cases: an attention matrix that does not depend on the draw (one visible key, or C_Q C_K = 0), and
/// two keys (up to C_Q C_K = 1024).
template <class Scalar, class Engine>
class AttentionExpectation {
 public:
  using Sampled = decltype(std::declval<const Engine&>().expect(
      std::declval<const SoftmaxProblem<Scalar>&>(), std::declval<const Matrix<Scalar>&>(), Stream()));
  using Frozen = MatrixNormalExpectation<Scalar>;

  AttentionExpectation(const Engine& engine, const SoftmaxProblem<Scalar>& problem,
                       const Matrix<Scalar>& tangent, Stream stream)
      : expectation_(choose(engine, problem, tangent, stream)) {}

  const Matrix<Scalar>& values() const {
    return std::visit([](const auto& e) -> const Matrix<Scalar>& { return e.values(); }, expectation_);
  }
  const Matrix<Scalar>& jacobian() const {
    return std::visit([](const auto& e) -> const Matrix<Scalar>& { return e.jacobian(); }, expectation_);
  }
  const SoftmaxPush<Scalar>& pushed() const {
    return std::visit([](const auto& e) -> const SoftmaxPush<Scalar>& { return e.pushed(); }, expectation_);
  }
  SoftmaxPush<Scalar> push(const Matrix<Scalar>& tangent) const {
    return std::visit([&](const auto& e) { return e.push(tangent); }, expectation_);
  }
  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    return std::visit([&](const auto& e) { return e.pull(values, jacobian); }, expectation_);
  }
  bool sampled() const {
    return std::visit([](const auto& e) { return e.sampled(); }, expectation_);
  }

 private:
  using TwoTokens = TwoTokenExpectation<Scalar>;
  using Chosen = std::conditional_t<std::is_same_v<Sampled, Frozen>, std::variant<TwoTokens, Frozen>,
                                    std::variant<TwoTokens, Frozen, Sampled>>;

  static Chosen choose(const Engine& engine, const SoftmaxProblem<Scalar>& problem,
                       const Matrix<Scalar>& tangent, Stream stream) {
    problem.require_valid();
    if (problem.deterministic()) return MatrixNormal(1).expect(problem, tangent, stream);
    // The cost of the quadrature grows with the logits' variance; no network that trains is near this bound.
    if (problem.key_layout.tokens == 2 && problem.logit_variance <= 1024) return TwoTokens(problem, tangent);
    return engine.expect(problem, tangent, stream);
  }

  Chosen expectation_;
};

}  // namespace widthwise
