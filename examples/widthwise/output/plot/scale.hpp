// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "output/plot/figure.hpp"

namespace widthwise::program::plot {

/// What an axis spans, low < high, and where on it a value lies.
struct Scale {
  Spacing spacing = Spacing::linear;
  double low = 0;
  double high = 1;

  /// 0 at the low end, 1 at the high end.
  double place(double value) const;
};

/// The scale of an axis for data between two values, with a little room on both sides.
Scale fit(const Axis& axis, double least, double most);

/// A place on an axis with its label: a text and an exponent to be raised after it, both empty for a minor
/// tick.
struct Tick {
  double value;
  std::string text = {};
  std::string exponent = {};
  bool minor() const { return text.empty(); }
};

/// The next 1, 2 or 5 times a power of ten, for a positive number.
double round_up(double step);

/// Ticks at round numbers in increasing order, about `wanted` of them with a label.
std::vector<Tick> ticks(const Scale& scale, int wanted, bool whole = false);

}  // namespace widthwise::program::plot
