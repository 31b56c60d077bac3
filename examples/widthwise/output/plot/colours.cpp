// SPDX-License-Identifier: MIT
#include "output/plot/colours.hpp"

#include <algorithm>
#include <cmath>

namespace widthwise::program::plot {

std::string_view line_colour(std::size_t index) {
  constexpr std::array<std::string_view, line_colours> colours{"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                                               "#66ccee", "#aa3377", "#888888"};
  return colours[index % colours.size()];
}

std::string_view area_colour(std::size_t index) {
  constexpr std::array<std::string_view, 10> colours{"#332288", "#ddcc77", "#cc6677", "#88ccee", "#117733",
                                                     "#aa4499", "#44aa99", "#999933", "#882255", "#bbbbbb"};
  return colours[index % colours.size()];
}

ColourMap ColourMap::sequential() {
  return ColourMap({{68, 1, 84},
                    {72, 36, 117},
                    {65, 68, 135},
                    {53, 95, 141},
                    {42, 120, 142},
                    {33, 145, 140},
                    {34, 168, 132},
                    {68, 191, 112},
                    {122, 209, 81},
                    {189, 223, 38},
                    {253, 231, 37}});
}

ColourMap ColourMap::diverging() {
  return ColourMap({{33, 102, 172},
                    {67, 147, 195},
                    {146, 197, 222},
                    {209, 229, 240},
                    {247, 247, 247},
                    {253, 219, 199},
                    {244, 165, 130},
                    {214, 96, 77},
                    {178, 24, 43}});
}

Rgb ColourMap::at(double fraction) const {
  const double place = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(stops_.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), stops_.size() - 2);
  const double part = place - static_cast<double>(below);
  Rgb colour{};
  for (std::size_t c = 0; c < 3; ++c)
    colour[c] =
        static_cast<unsigned char>(std::lround((1 - part) * stops_[below][c] + part * stops_[below + 1][c]));
  return colour;
}

}  // namespace widthwise::program::plot
