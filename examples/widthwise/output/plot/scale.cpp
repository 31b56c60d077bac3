// SPDX-License-Identifier: MIT
#include "output/plot/scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>

namespace widthwise::program::plot {

namespace {

const std::string minus = "\xe2\x88\x92";  // U+2212, as wide as a plus
const std::string times = "\xc3\x97";      // U+00D7

std::string signed_text(std::string text) {
  return text[0] == '-' ? minus + text.substr(1) : text;
}

std::string fixed(double value, int decimals) {
  char text[400];
  const int length = std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return signed_text(std::string(text, static_cast<std::size_t>(length)));
}

// Within the range of double, also where a quotient of extreme numbers has left it.
int floor_log10(double value) {
  return static_cast<int>(std::floor(std::clamp(std::log10(value), -324.0, 309.0) + 1e-12));
}

std::vector<Tick> linear_ticks(const Scale& scale, int wanted, bool whole) {
  double step = round_up((scale.high - scale.low) / wanted);
  if (whole) step = std::max(1.0, step);
  const double largest = std::max(std::abs(scale.low), std::abs(scale.high));
  const bool powers = largest >= 1e5 || largest < 2e-3;
  const int exponent = powers ? floor_log10(largest) : 0;
  const double unit = std::pow(10.0, exponent);
  const int decimals = std::max(0, -floor_log10(step / unit));

  std::vector<Tick> all;
  const double slack = 1e-9 * (scale.high - scale.low);
  const double first = std::ceil((scale.low - slack) / step), last = std::floor((scale.high + slack) / step);
  for (double k = first; k <= last; ++k) {
    const double value = k == 0 ? 0 : k * step;
    Tick tick{value, fixed(value / unit, k == 0 && powers ? 0 : decimals)};
    if (powers && k != 0) {
      tick.text += times + "10";
      tick.exponent = signed_text(std::to_string(exponent));
    }
    all.push_back(tick);
  }
  return all;
}

std::vector<Tick> decade_ticks(const Scale& scale) {
  const int first = floor_log10(scale.low), last = floor_log10(scale.high);
  std::vector<Tick> all;
  for (int e = first; e <= last; ++e)
    for (int factor = 1; factor < 10; ++factor) {
      const double value = factor * std::pow(10.0, e);
      if (value >= scale.low * (1 - 1e-9) && value <= scale.high * (1 + 1e-9)) all.push_back({value});
    }
  return all;
}

std::vector<Tick> logarithmic_ticks(const Scale& scale, int wanted) {
  const double decades = std::log10(scale.high) - std::log10(scale.low);
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / wanted)));
  const bool powers = scale.low < 0.9e-3 || scale.high > 1.1e4;
  // The fewest of the numbers between powers of ten that make three labels.
  for (const std::string_view labelled : {"1", "125", "12357", "123456789"}) {
    std::vector<Tick> all = decade_ticks(scale);
    int labels = 0;
    for (Tick& tick : all) {
      const int exponent = floor_log10(tick.value);
      const auto factor = static_cast<int>(std::lround(tick.value / std::pow(10.0, exponent)));
      if (labelled.find(static_cast<char>('0' + factor)) == std::string_view::npos || exponent % stride != 0)
        continue;
      ++labels;
      if (powers) {
        tick.text = factor == 1 ? "10" : std::to_string(factor) + times + "10";
        tick.exponent = signed_text(std::to_string(exponent));
      } else {
        tick.text = fixed(tick.value, std::max(0, -exponent));
      }
    }
    // Over many decades there is no room for the ticks between them.
    if (stride > 1) std::erase_if(all, [](const Tick& tick) { return tick.minor(); });
    if (labels >= 3) return all;
  }
  return linear_ticks(scale, wanted, false);
}

}  // namespace

double round_up(double step) {
  const double power = std::pow(10.0, floor_log10(step));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

double Scale::place(double value) const {
  if (spacing == Spacing::logarithmic)
    return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return (value - low) / (high - low);
}

Scale fit(const Axis& axis, double least, double most) {
  if (axis.range) {
    least = std::min(least, axis.range->first);
    most = std::max(most, axis.range->second);
  }
  if (axis.spacing == Spacing::logarithmic) {
    using Limits = std::numeric_limits<double>;
    const double room = std::max(0.04 * (std::log(most) - std::log(least)), 0.1);
    return {axis.spacing, std::max(least * std::exp(-room), Limits::min()),
            std::min(most * std::exp(room), Limits::max())};
  }
  // Data that hardly vary are shown as such, not as the noise of their last digits.
  const double size = std::max(std::abs(least), std::abs(most));
  const double spread = std::max(most - least, size > 0 ? 1e-3 * size : 1.0);
  const double centre = least / 2 + most / 2;
  Scale scale{axis.spacing, centre - 0.55 * spread, centre + 0.55 * spread};
  // The end of a range that was asked for is an end of the axis.
  if (axis.range && axis.range->first == least) scale.low = least;
  if (axis.range && axis.range->second == most) scale.high = most;
  return scale;
}

std::vector<Tick> ticks(const Scale& scale, int wanted, bool whole) {
  return scale.spacing == Spacing::logarithmic ? logarithmic_ticks(scale, wanted)
                                               : linear_ticks(scale, wanted, whole);
}

}  // namespace widthwise::program::plot
