// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include "widthwise/attention/any_expectation.hpp"
#include "widthwise/attention/matrix_normal.hpp"
#include "widthwise/attention/two_tokens.hpp"

namespace widthwise {

namespace detail {

template <class Scalar, class Engine>
using SampledExpectation = decltype(std::declval<const Engine&>().expect(
    std::declval<const SoftmaxProblem<Scalar>&>(), std::declval<const Matrix<Scalar>&>(), Stream()));

template <class Scalar, class Sampled>
using ChosenExpectation = std::conditional_t<
    std::is_same_v<Sampled, MatrixNormalExpectation<Scalar>>,
    AnyExpectation<Scalar, TwoTokenExpectation<Scalar>, MatrixNormalExpectation<Scalar>>,
    AnyExpectation<Scalar, TwoTokenExpectation<Scalar>, MatrixNormalExpectation<Scalar>, Sampled>>;

}  // namespace detail

/// Softmax expectations the best way there is: exactly where that is possible, by the engine elsewhere.
///
/// Exact cases: an attention matrix that does not depend on the draw (one visible key, or C_Q C_K = 0), and
/// no more than two keys (up to C_Q C_K = 1024).
template <class Scalar, class Engine>
class AttentionExpectation
    : public detail::ChosenExpectation<Scalar, detail::SampledExpectation<Scalar, Engine>> {
 public:
  AttentionExpectation(const Engine& engine, SoftmaxProblem<Scalar> problem, const Matrix<Scalar>& tangent,
                       Stream stream)
      : Chosen(choose(engine, std::move(problem), tangent, stream)) {}

 private:
  using Chosen = detail::ChosenExpectation<Scalar, detail::SampledExpectation<Scalar, Engine>>;

  static Chosen choose(const Engine& engine, SoftmaxProblem<Scalar>&& problem, const Matrix<Scalar>& tangent,
                       Stream stream) {
    problem.mask.require_fit(problem.query_layout, problem.key_layout);
    if (problem.deterministic()) return MatrixNormal(1).expect(std::move(problem), tangent, stream);
    // The cost of the quadrature grows with the logits' variance; no network that trains is near this bound.
    if (problem.key_layout.tokens == 2 && problem.logit_variance <= 1024) {
      problem.require_valid();
      return TwoTokenExpectation<Scalar>(std::move(problem), tangent);
    }
    return engine.expect(std::move(problem), tangent, stream);
  }
};

}  // namespace widthwise
