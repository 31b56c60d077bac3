// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <random>

#include "widthwise/kernel/reject.hpp"

namespace widthwise {

/// A law of mean zero and variance one that draws its values from std::mt19937_64.
template <class T>
concept Distribution = requires(const T& law, std::mt19937_64& generator) {
  { law(generator) } -> std::same_as<double>;
};

namespace detail {

/// One of the 2⁵² midpoints of (0, 1), never an end; every step is exact, so the digits are the same
/// everywhere.
inline double open_unit(std::mt19937_64& generator) {
  return (static_cast<double>(static_cast<std::int64_t>(generator() >> 12)) + 0.5) * 0x1p-52;
}

}  // namespace detail

/// The laws that weights are drawn from, apart from the scaling strategies.
///
/// A seed gives the same digits with every compiler and processor, which std::normal_distribution does not
/// promise: no product is added to anything on the way to a value, so that nothing can be fused, and
/// functions of the C library only decide whether to draw again.
namespace distribution {

/// The normal law, by the ratio of uniforms (Kinderman and Monahan 1977) between the bounds of Leva (1992).
struct Normal {
  double operator()(std::mt19937_64& generator) const {
    for (;;) {
      const double u = detail::open_unit(generator);
      const double v = 1.7156 * (detail::open_unit(generator) - 0.5);
      const double x = u - 0.449871;
      const double y = std::abs(v) + 0.386595;
      const double bound = x * x + y * (0.19600 * y - 0.25472 * x);
      if (bound < 0.27597 || (bound <= 0.27846 && v * v <= -4 * u * u * std::log(u))) return v / u;
    }
  }
};

/// The uniform law on [−√3, √3].
struct Uniform {
  double operator()(std::mt19937_64& generator) const {
    return 2 * std::sqrt(3.0) * (detail::open_unit(generator) - 0.5);
  }
};

/// The normal law cut at ±`cut` of its standard deviations, then widened until its variance is one again.
class TruncatedNormal {
 public:
  /// An infinite cut leaves the normal law. Throws std::invalid_argument unless the cut is at least 10⁻⁶.
  explicit TruncatedNormal(double cut = 2) : cut_(cut) {
    if (!(cut >= 1e-6)) detail::reject("the cut of a truncated normal must be at least 1e-6, but is ", cut);
    widening_ = 1 / std::sqrt(cut_variance());
  }

  double operator()(std::mt19937_64& generator) const {
    return widening_ * (cut_ < 1 ? narrow(generator) : wide(generator));
  }

  double cut() const { return cut_; }
  /// What values are multiplied by once cut, 1/√variance.
  double widening() const { return widening_; }

 private:
  // ∫x²φ/∫φ over [−k, k] = Σ_{j≥1} t_j / Σ_{j≥0} t_j with t_j = k^{2j}/(2j+1)!!, free of cancellation.
  double cut_variance() const {
    if (cut_ > 9) return 1;  // to rounding
    double term = 1;
    double above_zero = 0;
    for (int j = 1; term > std::numeric_limits<double>::epsilon() * above_zero / 16; ++j) {
      term = term * cut_ * cut_ / (2 * j + 1);
      above_zero += term;
    }
    return above_zero / (1 + above_zero);
  }

  double wide(std::mt19937_64& generator) const {
    for (;;)
      if (const double x = Normal{}(generator); std::abs(x) <= cut_) return x;
  }

  // Most normal values would miss a narrow interval, few of its own miss the normal law.
  double narrow(std::mt19937_64& generator) const {
    for (;;) {
      const double x = 2 * cut_ * (detail::open_unit(generator) - 0.5);
      if (detail::open_unit(generator) <= std::exp(-x * x / 2)) return x;
    }
  }

  double cut_;
  double widening_;
};

}  // namespace distribution
}  // namespace widthwise
