// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "widthwise/gaussian/covariance.hpp"
#include "widthwise/gaussian/gaussian_rule.hpp"
#include "widthwise/gaussian/legendre_rule.hpp"
#include "widthwise/gaussian/panels.hpp"

namespace widthwise {

/// E[f(s z) f(s' z)], entrywise, of one standard normal z: the case ρ = ±1, with s' < 0 for ρ = −1.
template <class Scalar, class F>
ValueOf<F, Scalar> line_quadrature(const F& f, const Panels<Scalar>& panels, Scalar first, Scalar second) {
  std::vector<Scalar> edges{-panels.reach, panels.reach};
  detail::append_scaled(edges, panels.edges, first, panels.reach);
  detail::append_scaled(edges, panels.edges, second, panels.reach);
  const auto rule = gaussian_rule(edges, Scalar(2));
  ValueOf<F, Scalar> sum = ValueOf<F, Scalar>::Zero();
  for (Index i = 0; i < rule.node.size(); ++i)
    sum += rule.weight[i] * f(first * rule.node[i]) * f(second * rule.node[i]);
  return sum;
}

namespace detail {

/// E[f(mean + width · v)] of a standard normal v: f smoothed by a Gaussian.
template <class Scalar, class F>
ValueOf<F, Scalar> smoothed(const F& f, const Panels<Scalar>& panels, Scalar mean, Scalar width) {
  // Gauss–Hermite with 16 points: exact where a single panel, hence a polynomial, fills the Gaussian's range.
  static constexpr std::array<std::pair<long double, long double>, 8> hermite{{
      {0.3867606045005573477210472L, 0.2865685212380121225798697L},
      {1.163829100554964774193368L, 0.1583383727509496177331596L},
      {1.951980345716333464492124L, 0.04728475235401402884646866L},
      {2.760245047630701616845981L, 0.007266937601184733366240156L},
      {3.600873624171548288249027L, 0.0005259849265739092438341075L},
      {4.492955302520011242665823L, 0.00001530003216248727196980586L},
      {5.472225705949343088412429L, 1.309473216286822029740e-7L},
      {6.630878198393128480229819L, 1.497814723161839732505899e-10L},
  }};
  ValueOf<F, Scalar> sum = ValueOf<F, Scalar>::Zero();
  Scalar left = mean - panels.plane_reach() * width;
  const Scalar right = mean + panels.plane_reach() * width;
  auto edge = std::upper_bound(panels.edges.begin(), std::prev(panels.edges.end()), left);
  if (right <= *edge) {
    for (const auto& [node, weight] : hermite) {
      const Scalar step = width * static_cast<Scalar>(node);
      sum += static_cast<Scalar>(weight) * (f(mean + step) + f(mean - step));
    }
    return sum;
  }
  const auto& rule = legendre_rule<Scalar>();
  for (; left < right; left = *edge++) {
    const Scalar end = std::next(edge) == panels.edges.end() ? right : std::min(*edge, right);
    const auto pieces = static_cast<int>(std::ceil((end - left) / (6 * width)));
    const Scalar half = (end - left) / static_cast<Scalar>(2 * pieces);
    for (int piece = 0; piece < pieces; ++piece) {
      const Scalar middle = left + half * static_cast<Scalar>(2 * piece + 1);
      for (int i = 0; i < rule.points; ++i) {
        const Scalar y = middle + half * rule.node[i];
        sum += half / width * rule.weight[i] * normal_density((y - mean) / width) * f(y);
      }
    }
    if (end == right) break;
  }
  return sum;
}

}  // namespace detail

/// E[f(x) f(y)], entrywise, of two Gaussian variables neither constant nor multiples of each other.
/// The outer variable is the one with the larger variance; what is left of y given x only smooths f.
/// `scale` is the size to which the result is accurate: √(E[f(x)²] E[f(y)²]).
/// Throws std::runtime_error where 5·10⁷ evaluations of f do not reach the accuracy.
template <class Scalar, class F>
ValueOf<F, Scalar> plane_quadrature(const F& f, const Panels<Scalar>& panels, Correlation<Scalar> pair,
                                    const ValueOf<F, Scalar>& scale) {
  if (pair.first_deviation < pair.second_deviation) std::swap(pair.first_deviation, pair.second_deviation);
  // x = first_deviation · z and y = slope · z + width · v, with independent z and v.
  const Scalar slope = pair.cosine * pair.second_deviation;
  const Scalar width = pair.sine * pair.second_deviation;
  const Scalar reach = panels.plane_reach();
  const auto& rule = legendre_rule<Scalar>();
  long evaluations = 0;
  const auto counted = [&](Scalar x) {
    if (++evaluations > 50'000'000)
      detail::fail("the Gaussian integral does not converge at standard deviations ", pair.first_deviation,
                   " and ", pair.second_deviation, ", correlation ", pair.cosine);
    return f(x);
  };

  std::vector<Scalar> edges{-reach, reach};
  detail::append_scaled(edges, panels.edges, pair.first_deviation, reach);
  for (const Scalar kink : panels.kinks)  // seen through y: smoothed over a layer of `width`
    detail::append_scaled(edges, {kink - reach * width, kink, kink + reach * width}, slope, reach);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());

  ValueOf<F, Scalar> sum = ValueOf<F, Scalar>::Zero();
  std::vector<Scalar> pending(edges.rbegin(), std::prev(edges.rend()));
  Scalar left = edges.front();
  while (!pending.empty()) {
    const Scalar right = pending.back();
    const Scalar half = (right - left) / 2;
    Eigen::Array<Scalar, LegendreRule<Scalar>::points, 1> z = left + half + half * rule.node;
    const auto density = (half * rule.weight * z.unaryExpr(&normal_density<Scalar>)).eval();
    using Values = Eigen::Matrix<Scalar, ValueOf<F, Scalar>::RowsAtCompileTime, LegendreRule<Scalar>::points>;
    Values outer, inner;
    for (int i = 0; i < rule.points; ++i) {
      outer.col(i) = f(pair.first_deviation * z[i]).matrix();
      inner.col(i) = detail::smoothed(counted, panels, slope * z[i], width).matrix();
    }
    const auto tail = (inner * rule.tail.transpose()).cwiseAbs().rowwise().maxCoeff().array();
    const auto height = outer.cwiseAbs().rowwise().maxCoeff().array();
    const Scalar middle = detail::cut(left, right);
    if ((half <= 1 && (tail * height * density.sum() <= quadrature_tolerance<Scalar> * scale).all()) ||
        middle <= left || middle >= right) {
      sum += (outer.cwiseProduct(inner) * density.matrix()).array();
      left = right;
      pending.pop_back();
    } else {
      pending.push_back(middle);
    }
  }
  return sum;
}

}  // namespace widthwise
