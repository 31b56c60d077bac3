// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "widthwise/gaussian/gaussian_rule.hpp"
#include "widthwise/gaussian/panels.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// Coefficients a_k = E[f(s z) h_k(z)] of a function in the orthonormal Hermite polynomials h_k, for one s.
/// By Mehler's formula E[f(s x) f(s' y)] = Σ_k a_k a'_k ρᵏ for standard normal x, y of correlation ρ.
template <class Scalar, int Components>
struct HermiteSeries {
  Eigen::Array<Scalar, Components, Eigen::Dynamic> coefficients;  ///< one column per degree
  Eigen::Array<Scalar, Components, 1> second_moment;              ///< E[f²]

  /// The largest share of E[f²] that the coefficients up to each degree leave out (Parseval), to rounding.
  Eigen::Array<Scalar, Eigen::Dynamic, 1> missing() const {
    Eigen::Array<Scalar, Eigen::Dynamic, 1> worst(coefficients.cols());
    Eigen::Array<Scalar, Components, 1> held = Eigen::Array<Scalar, Components, 1>::Zero();
    for (Index k = 0; k < coefficients.cols(); ++k) {
      held += coefficients.col(k).square();
      worst[k] = (second_moment > 0).select(1 - held / second_moment, Scalar(0)).maxCoeff();
    }
    return worst.max(4 * std::numeric_limits<Scalar>::epsilon());
  }
};

/// The first `terms` Hermite coefficients of z ↦ f(deviation · z), for an f that `panels` resolve.
/// At zero deviation f is constant: its value at 0, or the mean of its two sides where it jumps there.
template <class Scalar, class F>
auto hermite_series(const F& f, const Panels<Scalar>& panels, Scalar deviation, Index terms) {
  constexpr int components = ValueOf<F, Scalar>::RowsAtCompileTime;
  HermiteSeries<Scalar, components> series;
  series.coefficients.setZero(components, terms);
  if (deviation == 0) {
    const Scalar beside = std::numeric_limits<Scalar>::min();
    series.coefficients.col(0) = (f(beside) + f(-beside)) / 2;
    series.second_moment = series.coefficients.col(0).square();
    return series;
  }
  std::vector<Scalar> edges{-panels.reach, panels.reach};
  detail::append_scaled(edges, panels.edges, deviation, panels.reach);
  // h_k oscillates with wave number √k; 16 radians a panel leave the rule its accuracy for f.
  const auto rule = gaussian_rule(edges, std::min(Scalar(2), 16 / std::sqrt(static_cast<Scalar>(terms))));

  // ψ_k = h_k √density stays in range where h_k alone would not.
  using Column = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
  const Column root = (-rule.node.square() / 4).exp().matrix();
  Eigen::Matrix<Scalar, Eigen::Dynamic, components> weighted(rule.node.size(), components);
  for (Index i = 0; i < rule.node.size(); ++i)
    weighted.row(i) = f(deviation * rule.node[i]).matrix().transpose();
  series.second_moment = (rule.weight.matrix().transpose() * weighted.cwiseAbs2()).transpose().array();
  weighted.array().colwise() *= rule.weight / root.array();

  Column psi = root, before = Column::Zero(root.size()), next(root.size());
  for (Index k = 0; k < terms; ++k) {
    series.coefficients.col(k) = (weighted.transpose() * psi).array();
    next.array() = (rule.node * psi.array() - std::sqrt(static_cast<Scalar>(k)) * before.array()) /
                   std::sqrt(static_cast<Scalar>(k + 1));
    before.swap(psi);
    psi.swap(next);
  }
  return series;
}

}  // namespace widthwise
