// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <boost/math/quadrature/gauss.hpp>

namespace widthwise {

/// Gauss–Legendre quadrature with 30 points on [−1, 1], and a test of what it samples.
template <class Scalar>
struct LegendreRule {
  static constexpr int points = 30;

  Eigen::Array<Scalar, points, 1> node, weight;
  /// Times the samples of a function: the coefficients of its Legendre polynomials of degree 26 to 29.
  /// Where they vanish the function is a polynomial on the panel, as far as the samples can tell.
  Eigen::Matrix<Scalar, 4, points> tail;

  LegendreRule() {
    using Rule = boost::math::quadrature::gauss<Scalar, points>;
    for (int i = 0; i < points / 2; ++i) {
      const auto half = static_cast<std::size_t>(i);
      node[points / 2 + i] = Rule::abscissa()[half];
      node[points / 2 - 1 - i] = -Rule::abscissa()[half];
      weight[points / 2 + i] = weight[points / 2 - 1 - i] = Rule::weights()[half];
    }
    Eigen::Array<Scalar, points, 1> before = Eigen::Array<Scalar, points, 1>::Ones(), polynomial = node;
    for (int degree = 1; degree < points; ++degree) {
      if (degree >= points - 4)
        tail.row(degree - (points - 4)) =
            ((static_cast<Scalar>(2 * degree + 1) / 2) * weight * polynomial).matrix().transpose();
      before =
          (static_cast<Scalar>(2 * degree + 1) * node * polynomial - static_cast<Scalar>(degree) * before) /
          static_cast<Scalar>(degree + 1);
      before.swap(polynomial);
    }
  }
};

/// The rule's table, made once.
template <class Scalar>
const LegendreRule<Scalar>& legendre_rule() {
  static const LegendreRule<Scalar> rule;
  return rule;
}

}  // namespace widthwise
