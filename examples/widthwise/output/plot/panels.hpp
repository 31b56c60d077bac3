// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "output/plot/canvas.hpp"
#include "output/plot/figure.hpp"
#include "widthwise/kernel/reject.hpp"

namespace widthwise::program::plot {

void draw(Canvas& canvas, const Box& box, const LinePanel& panel);
void draw(Canvas& canvas, const Box& box, const BarPanel& panel);
void draw(Canvas& canvas, const Box& box, const HeatPanel& panel);

/// Whether a number is finite, with room left to compute with it.
inline bool is_drawable(double number) {
  return std::abs(number) <= 1e300;
}

/// Throws std::invalid_argument where one of the numbers is not drawable.
inline void require_drawable(const std::vector<double>& numbers, const std::string& panel,
                             const std::string& what) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!is_drawable(numbers[i]))
      detail::reject("plot \"", panel, "\": ", what, " has an entry that cannot be drawn: number ", i, " is ",
                     numbers[i]);
}

}  // namespace widthwise::program::plot
