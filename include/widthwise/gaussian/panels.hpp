// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "widthwise/gaussian/legendre_rule.hpp"

namespace widthwise {

/// What a function of one variable returns: Eigen::Array<Scalar, C, 1>, one entry per component.
template <class F, class Scalar>
using ValueOf = std::decay_t<std::invoke_result_t<const F&, Scalar>>;

/// An interval cut into panels on each of which a function is a polynomial of degree 29 to rounding.
template <class Scalar>
struct Panels {
  std::vector<Scalar> edges;  ///< ascending
  std::vector<Scalar> kinks;  ///< the edges where the function is not smooth
  Scalar reach;               ///< standard deviations that an integral of f² must cover

  /// The same in each of two perpendicular directions: together they stay within the edges.
  Scalar plane_reach() const { return plane_share * reach; }
  static constexpr Scalar plane_share = static_cast<Scalar>(0.8);
};

/// The relative accuracy promised of every Gaussian integral: epsilon to the power 3/4 (2·10⁻¹² in double).
template <class Scalar>
const Scalar quadrature_tolerance = std::pow(std::numeric_limits<Scalar>::epsilon(), Scalar(0.75));

/// Density of the standard normal distribution.
template <class Scalar>
Scalar normal_density(Scalar z) {
  return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi_v<Scalar>);
}

namespace detail {

template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw std::runtime_error(message.str());
}

/// The function's values at the rule's nodes, moved to [left, right]: C×30.
template <class Scalar, class F>
auto samples(const F& f, Scalar left, Scalar right) {
  const auto& rule = legendre_rule<Scalar>();
  Eigen::Matrix<Scalar, ValueOf<F, Scalar>::RowsAtCompileTime, LegendreRule<Scalar>::points> values;
  for (int i = 0; i < rule.points; ++i) {
    const Scalar x = (left + right) / 2 + (right - left) / 2 * rule.node[i];
    values.col(i) = f(x).matrix();
    if (!values.col(i).allFinite()) fail("the function to integrate is not finite at ", x);
  }
  return values;
}

/// Where a panel is cut in two. Uneven, lest an edge settle on a steep place and hide it from both sides.
template <class Scalar>
Scalar cut(Scalar left, Scalar right) {
  return left + (right - left) * static_cast<Scalar>(0.4375);
}

/// How many standard deviations an integral of f² must cover: 12 in double, more for an f that grows fast.
template <class Scalar, class F>
Scalar reach(const F& f, Scalar smallest, Scalar largest) {
  const auto square = [&](Scalar deviation, Scalar z) {
    return (f(deviation * z).square().max(f(-deviation * z).square()) * normal_density(z)).eval();
  };
  const auto negligible = [&](Scalar deviation, Scalar z) {
    ValueOf<F, Scalar> bulk = square(deviation, Scalar(0.5));
    for (const int inner : {1, 2, 4, 6}) bulk = bulk.max(square(deviation, static_cast<Scalar>(inner)));
    return (square(deviation, z) <= quadrature_tolerance<Scalar> / 8 * bulk).all();
  };
  const Scalar start = std::sqrt(-4 * std::log(std::numeric_limits<Scalar>::epsilon()));
  for (const double growth : {1.0, 1.5, 2.25}) {
    const Scalar z = start * static_cast<Scalar>(growth);
    const Scalar edge = Panels<Scalar>::plane_share * z;
    for (const Scalar x : {edge * largest, -edge * largest})
      if (!f(x).isFinite().all()) fail("the function to integrate is not finite at ", x);
    if (negligible(smallest, edge) && negligible(largest, edge)) return z;
  }
  fail("the function to integrate grows too fast for a Gaussian variable of standard deviation ", largest);
}

}  // namespace detail

/// Cuts the range that Gaussian variables of the given standard deviations visit into panels that resolve f.
/// `kinks` are the places where f or its derivative is not smooth; a kink not named is found too, at the cost
/// of a crowd of panels around it. Features narrower than a quarter of a unit and of no consequence
/// elsewhere (a lone spike) must be named to be seen.
/// Throws std::runtime_error where f is not finite, grows too fast or cannot be resolved.
template <class Scalar, class F>
Panels<Scalar> resolve(const F& f, std::vector<Scalar> kinks, Scalar smallest, Scalar largest) {
  const Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
  const auto& rule = legendre_rule<Scalar>();
  Panels<Scalar> panels{{}, std::move(kinks), detail::reach(f, smallest, largest)};
  const Scalar end = static_cast<Scalar>(1.2) * panels.reach * largest;
  std::sort(panels.kinks.begin(), panels.kinks.end());

  // Subnormal numbers have no digits to resolve.
  const Scalar normal = std::numeric_limits<Scalar>::min() / epsilon;
  ValueOf<F, Scalar> floor = f(smallest).abs().max(f(-smallest).abs()).max(normal);
  floor = floor.max(f(smallest / 2).abs()).max(f(-smallest / 2).abs());
  const auto resolved = [&](Scalar left, Scalar right) {
    const Scalar width = right - left;
    const Scalar nearest = left < 0 && right > 0 ? Scalar(0) : std::min(std::abs(left), std::abs(right));
    if (width > 4 * std::max(Scalar(1), nearest)) return false;
    const auto values = detail::samples(f, left, right);
    ValueOf<F, Scalar> slope = ValueOf<F, Scalar>::Zero();
    for (int i = 1; i < rule.points; ++i)
      slope = slope.max((values.col(i) - values.col(i - 1)).array().abs() * 2 /
                        (width * (rule.node[i] - rule.node[i - 1])));
    const auto height = floor.max(values.cwiseAbs().rowwise().maxCoeff().array()).eval();
    const auto tail = (values * rule.tail.transpose()).cwiseAbs().rowwise().maxCoeff().array().eval();
    // A panel much narrower than every Gaussian that reaches it may be wrong by as much; elsewhere f is known
    // up to its own rounding and that of x.
    const Scalar share = std::min(Scalar(1), width / std::max(smallest, nearest / panels.reach));
    const Scalar rounding = 16 * epsilon * (nearest + width);
    return (tail <= (64 * epsilon * height / share).max(64 * epsilon * height + rounding * slope)).all();
  };

  constexpr std::size_t most = 20000;
  std::vector<Scalar> pending{end};  // right ends still to be settled, the nearest last
  for (auto kink = panels.kinks.rbegin(); kink != panels.kinks.rend(); ++kink)
    if (std::abs(*kink) < end && *kink != pending.back()) pending.push_back(*kink);
  panels.edges.push_back(-end);
  while (!pending.empty()) {
    if (panels.edges.size() + pending.size() > most)
      detail::fail("the function to integrate is too rough near ", panels.edges.back(), ": more than ", most,
                   " panels do not resolve it");
    const Scalar left = panels.edges.back(), right = pending.back();
    const Scalar middle = detail::cut(left, right);
    if (middle <= left || middle >= right || resolved(left, right)) {
      panels.edges.push_back(right);
      pending.pop_back();
    } else {
      pending.push_back(middle);
    }
  }
  return panels;
}

}  // namespace widthwise
