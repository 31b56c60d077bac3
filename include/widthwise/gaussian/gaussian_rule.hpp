// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "widthwise/gaussian/legendre_rule.hpp"
#include "widthwise/gaussian/panels.hpp"
#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

/// A quadrature rule for one standard normal variable: E[f(z)] ≈ Σ weight · f(node).
template <class Scalar>
struct GaussianRule {
  Eigen::Array<Scalar, Eigen::Dynamic, 1> node, weight;
};

namespace detail {

/// The edges divided by a scale (of either sign), where they fall strictly within (−reach, reach), appended.
template <class Scalar>
void append_scaled(std::vector<Scalar>& edges, const std::vector<Scalar>& from, Scalar scale, Scalar reach) {
  for (const Scalar edge : from)
    if (std::abs(edge) < reach * std::abs(scale)) edges.push_back(edge / scale);
}

}  // namespace detail

/// The composite Gauss–Legendre rule whose panels end at the given edges and are no wider than `widest`.
template <class Scalar>
GaussianRule<Scalar> gaussian_rule(std::vector<Scalar> edges, Scalar widest) {
  const auto& rule = legendre_rule<Scalar>();
  constexpr int points = LegendreRule<Scalar>::points;
  std::sort(edges.begin(), edges.end());
  const auto pieces = [&](std::size_t i) {
    return static_cast<Index>(std::ceil((edges[i + 1] - edges[i]) / widest));
  };
  Index panels = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) panels += pieces(i);
  GaussianRule<Scalar> composite;
  composite.node.resize(panels * points);
  composite.weight.resize(panels * points);
  Index next = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const Index count = pieces(i);
    const Scalar half = (edges[i + 1] - edges[i]) / static_cast<Scalar>(2 * count);
    for (Index piece = 0; piece < count; ++piece, next += points) {
      const Scalar middle = edges[i] + half * static_cast<Scalar>(2 * piece + 1);
      composite.node.template segment<points>(next) = middle + half * rule.node;
      composite.weight.template segment<points>(next) = half * rule.weight;
    }
  }
  composite.weight *= composite.node.unaryExpr(&normal_density<Scalar>);
  return composite;
}

}  // namespace widthwise
