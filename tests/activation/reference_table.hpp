// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

#include "reference/activation_expectations.hpp"
#include "support/catch.hpp"
#include "widthwise/activation/expectation.hpp"

namespace widthwise::test {

/// Both expectations of a pair, and the sizes √(⟨σσ⟩₁₁⟨σσ⟩₂₂), √(⟨σ'σ'⟩₁₁⟨σ'σ'⟩₂₂) to which they are
/// accurate.
template <class Scalar>
struct Scaled {
  PairExpectation<Scalar> entry, size;
};

template <class Scalar, class A>
Scaled<Scalar> scaled_expectation(const A& activation, const Covariance2<Scalar>& pair) {
  const auto first = expectation(activation, Covariance2<Scalar>{pair.first, pair.first, pair.first});
  const auto second = expectation(activation, Covariance2<Scalar>{pair.second, pair.second, pair.second});
  return {expectation(activation, pair),
          {std::sqrt(first.value * second.value), std::sqrt(first.derivative * second.derivative)}};
}

/// Compares an activation with its table, to the accuracy promised.
template <class Scalar, class A, class Table>
void check_against(const A& activation, const Table& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto [first, second, cross] = reference::covariances[i];
    const Covariance2<Scalar> pair{static_cast<Scalar>(first), static_cast<Scalar>(second),
                                   static_cast<Scalar>(cross)};
    // In float the table's 1 − ρ = 10⁻⁶ is gone.
    const double correlation = cross / std::sqrt(first * second);
    const bool lost = std::numeric_limits<Scalar>::digits < 53 && correlation > 0.9999 && correlation < 1;
    if (std::isnan(table[i].value) || lost) continue;
    INFO(A::name << " at K11 = " << first << ", K22 = " << second << ", K12 = " << cross);
    const auto [entry, size] = scaled_expectation(activation, pair);
    const auto wanted = static_cast<Scalar>(table[i].value),
               wanted_derivative = static_cast<Scalar>(table[i].derivative);
    CHECK(std::abs(entry.value - wanted) <= quadrature_tolerance<Scalar> * size.value);
    CHECK(std::abs(entry.derivative - wanted_derivative) <= quadrature_tolerance<Scalar> * size.derivative);
  }
}

}  // namespace widthwise::test
