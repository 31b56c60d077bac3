// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <initializer_list>
#include <limits>

#include "support/catch.hpp"

namespace widthwise::test {

/// An argument, and the activation and its derivative there, computed with mpmath to 17 digits.
struct Point {
  double x, value, derivative;
};

/// Relative accuracy is asked even in tails that have almost vanished.
template <class A>
void check_points(const A& activation, std::initializer_list<Point> points) {
  for (const auto& [x, value, derivative] : points) {
    INFO("at " << x);
    const double rounding = 8 * std::numeric_limits<double>::epsilon() * (1 + std::abs(x) + x * x);
    CHECK(std::abs(activation(x) - value) <= rounding * std::abs(value));
    CHECK(std::abs(activation.derivative(x) - derivative) <= rounding * std::abs(derivative));
  }
}

}  // namespace widthwise::test
