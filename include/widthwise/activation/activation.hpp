// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <vector>

#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

/// The two expectations of an activation over a pair of Gaussian preactivations: ⟨σσ⟩ and ⟨σ'σ'⟩.
template <class Scalar>
struct PairExpectation {
  Scalar value, derivative;
};

/// An activation function: `a(x)` is σ(x) and `a.derivative(x)` is σ'(x).
///
/// A type of one's own needs no more than this. It may also have a `name`, a closed form (`ClosedForm`),
/// and, where σ is not smooth, `kinks()`: a range of the places.
template <class A, class Scalar>
concept Activation = requires(const A& activation, Scalar x) {
  { activation(x) } -> std::convertible_to<Scalar>;
  { activation.derivative(x) } -> std::convertible_to<Scalar>;
};

/// An activation whose expectations are known in closed form, for any admissible covariance.
template <class A, class Scalar>
concept ClosedForm = Activation<A, Scalar> && requires(const A& activation, Covariance2<Scalar> covariance) {
  { activation.expectation(covariance) } -> std::same_as<PairExpectation<Scalar>>;
};

/// The places where an activation is not smooth: `kinks()` where it has them, otherwise none.
template <class Scalar, Activation<Scalar> A>
std::vector<Scalar> kinks(const A& activation) {
  std::vector<Scalar> places;
  if constexpr (requires { activation.kinks(); })
    for (const auto place : activation.kinks()) places.push_back(static_cast<Scalar>(place));
  return places;
}

}  // namespace widthwise
