// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Covariance of two jointly Gaussian variables of mean zero: K₁₁, K₂₂ and K₁₂.
template <class Scalar>
struct Covariance2 {
  Scalar first, second, cross;
};

/// Standard deviations of two Gaussian variables and the angle between them: ρ = cosine, √(1−ρ²) = sine.
template <class Scalar>
struct Correlation {
  Scalar first_deviation, second_deviation;
  Scalar cosine, sine;
};

/// K₁₁K₂₂ − K₁₂², to a few roundings of itself even at ρ → ±1, and never negative.
template <class Scalar>
Scalar determinant(const Covariance2<Scalar>& covariance) {
  const Scalar square = covariance.cross * covariance.cross;
  const Scalar rounding = std::fma(covariance.cross, covariance.cross, -square);
  return std::max(std::fma(covariance.first, covariance.second, -square) - rounding, Scalar(0));
}

/// The covariance with K₁₂ brought back to |K₁₂| ≤ √(K₁₁K₂₂) where rounding has pushed it over.
/// Throws std::invalid_argument for a value that is not finite, a negative variance, or a clear excess
/// of K₁₂ (relative 64√epsilon: 10⁻⁶ in double).
template <class Scalar>
Covariance2<Scalar> admissible(Covariance2<Scalar> covariance) {
  const auto [first, second, cross] = covariance;
  if (!std::isfinite(first) || !std::isfinite(second) || !std::isfinite(cross))
    detail::reject("covariance is not finite: variances ", first, " and ", second, ", cross-covariance ",
                   cross);
  if (first < 0 || second < 0)
    detail::reject("covariance has a negative variance: variances ", first, " and ", second);
  const Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
  const Scalar limit = std::sqrt(first) == std::sqrt(second) ? first : std::sqrt(first) * std::sqrt(second);
  if (!(std::abs(cross) <= limit + 64 * std::sqrt(epsilon) * limit + 16 * epsilon * std::max(first, second)))
    detail::reject("indefinite covariance: variances ", first, " and ", second,
                   " allow |cross-covariance| up to ", limit, " but it is ", cross);
  if (std::abs(cross) > limit) {
    covariance.cross = std::copysign(limit, cross);
    while (limit > 0 && determinant(covariance) > 0)  // limit itself was rounded down
      covariance.cross = std::nextafter(covariance.cross, 2 * cross);
  }
  return covariance;
}

/// Standard deviations and correlation of an admissible covariance; ρ = 0 where a variance vanishes.
template <class Scalar>
Correlation<Scalar> correlation(const Covariance2<Scalar>& covariance) {
  const Scalar first = std::sqrt(covariance.first);
  const Scalar second = std::sqrt(covariance.second);
  if (first == 0 || second == 0) return {first, second, 0, 1};
  const Scalar sine = std::min(std::sqrt(determinant(covariance)) / (first * second), Scalar(1));
  const Scalar cosine = covariance.cross / (first * second);
  return {first, second,
          sine == 0 ? std::copysign(Scalar(1), cosine) : std::clamp(cosine, Scalar(-1), Scalar(1)), sine};
}

}  // namespace widthwise
