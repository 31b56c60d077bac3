// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "widthwise/activation/activation.hpp"
#include "widthwise/gaussian/covariance.hpp"

namespace widthwise {

namespace detail {

/// The expectations of σ(x) = px + q|x|, by the arc-cosine kernels of Cho and Saul (2009).
///
/// E|x||y| = (2/π)(√det K + K₁₂ asin ρ) and E[sign x sign y] = (2/π) asin ρ; x with |y| averages to zero. The
/// arc sine is taken from √det K, which keeps its digits at ρ → ±1; it is 0 where a variance vanishes.
template <class Scalar>
PairExpectation<Scalar> kinked_line(Scalar p, Scalar q, const Covariance2<Scalar>& covariance) {
  const Scalar root = std::sqrt(determinant(covariance));
  const Scalar angle = std::atan2(covariance.cross, root);
  const Scalar kink = q * q * 2 / std::numbers::pi_v<Scalar>;
  return {p * p * covariance.cross + kink * (root + covariance.cross * angle), p * p + kink * angle};
}

}  // namespace detail

/// σ(x) = x for x ≥ 0 and slope · x for x < 0, with σ'(0) = (1 + slope)/2, the limit of small variances.
struct LeakyRelu {
  static constexpr std::string_view name = "leaky-relu";
  double slope = 0.01;

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x < 0 ? static_cast<Scalar>(slope) * x : x;
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    const auto left = static_cast<Scalar>(slope);
    return x < 0 ? left : x > 0 ? Scalar(1) : (1 + left) / 2;
  }
  static constexpr std::array<double, 1> kinks() { return {0.0}; }

  /// σ = (1 + slope)/2 · x + (1 − slope)/2 · |x|, through the arc-cosine kernels.
  template <class Scalar>
  PairExpectation<Scalar> expectation(const Covariance2<Scalar>& covariance) const {
    const auto left = static_cast<Scalar>(slope);
    return detail::kinked_line((1 + left) / 2, (1 - left) / 2, covariance);
  }
};

}  // namespace widthwise
