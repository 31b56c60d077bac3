// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string_view>

namespace widthwise {

/// σ(x) = x tanh(log(1 + eˣ)).
struct Mish {
  static constexpr std::string_view name = "mish";

  template <class Scalar>
  Scalar operator()(Scalar x) const {
    return x * gate(x).value;
  }
  template <class Scalar>
  Scalar derivative(Scalar x) const {
    const auto [value, slope] = gate(x);
    return value + x * slope;
  }

 private:
  template <class Scalar>
  struct Gate {
    Scalar value, slope;
  };
  /// tanh(log(1 + eˣ)), rational in e = e^−|x|, and its derivative.
  template <class Scalar>
  static Gate<Scalar> gate(Scalar x) {
    const Scalar e = std::exp(-std::abs(x));
    const Scalar above = x < 0 ? e * (e + 2) : 1 + 2 * e;
    const Scalar below = x < 0 ? above + 2 : above + 2 * e * e;
    return {above / below, 4 * e * (1 + e) * (x < 0 ? 1 : e) / (below * below)};
  }
};

}  // namespace widthwise
