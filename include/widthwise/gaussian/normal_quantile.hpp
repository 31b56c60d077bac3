// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise {

namespace detail {

/// Horner's scheme, lowest coefficient first.
template <class Array, std::size_t N>
Array polynomial(const Array& x, const float (&coefficients)[N]) {
  Array sum = Array::Constant(coefficients[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

/// Sixteen of the quantiles below.
inline Eigen::Array<float, 16, 1> normal_quantile_lanes(const Eigen::Array<std::uint32_t, 16, 1>& digits) {
  using Lanes = Eigen::Array<float, 16, 1>;
  Lanes x, tail;
  for (Index i = 0; i < 16; ++i) {
    const auto centered = static_cast<std::int32_t>(digits(i) ^ 0x80000000u);
    const std::int32_t from_end =
        0x7fffffff - (centered ^ (centered >> 31));  // exact where the tail is small
    x(i) = (static_cast<float>(centered) + 0.5f) * 0x1p-31f;
    tail(i) = (static_cast<float>(from_end) + 0.5f) * 0x1p-32f;
  }
  const Lanes w = -(4 * tail * (1 - tail)).log();
  const Lanes central = polynomial<Lanes>(
      w.min(5.0f) - 2.5f, {2.12331357f, 0.34880266f, -0.00590817097f, -0.00177301016f, 0.000309150203f,
                           -6.21799274e-06f, -4.99056521e-06f, 4.86103934e-07f, 4.03546349e-08f});
  if (w.maxCoeff() < 5.0f) return x * central;  // eighteen times in nineteen
  const Lanes beyond = polynomial<Lanes>(
      w.max(5.0f).sqrt() - 3.48803399f,
      {4.70004219f, 1.4245253f, 0.00475472706f, -0.0030213845f, 0.0015286152f, -0.000924949132f,
       0.000775814437f, -0.000428238571f, 1.14190159e-05f, 5.13961105e-05f});
  return x * (w < 5.0f).select(central, beyond);
}

}  // namespace detail

/// The standard normal quantile of 32-bit binary fractions, each taken at the middle of its interval.
///
/// Single precision, relative error below 4·10⁻⁷, vectorized: what random draws need. With p = (1 + x)/2 the
/// quantile is x times a function of w = −log(1 − x²) (Giles 2010); here polynomials fitted on [0, 5] and, in
/// √w, from there to the last of 32 bits.
inline Eigen::ArrayXf normal_quantile(const Eigen::Array<std::uint32_t, Eigen::Dynamic, 1>& digits) {
  Eigen::ArrayXf quantiles(digits.size());
  const Index rest = digits.size() % 16, whole = digits.size() - rest;
  for (Index i = 0; i < whole; i += 16)
    quantiles.segment<16>(i) = detail::normal_quantile_lanes(digits.segment<16>(i));
  if (rest > 0) {
    Eigen::Array<std::uint32_t, 16, 1> last = Eigen::Array<std::uint32_t, 16, 1>::Constant(0x80000000u);
    last.head(rest) = digits.tail(rest);
    quantiles.tail(rest) = detail::normal_quantile_lanes(last).head(rest);
  }
  return quantiles;
}

}  // namespace widthwise
