// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace widthwise::program::plot {

/// How many colours for lines there are.
inline constexpr std::size_t line_colours = 7;

/// Colours for lines that are told apart with any kind of colour vision (Paul Tol, "bright"); they repeat.
std::string_view line_colour(std::size_t index);

/// The same for filled areas (Paul Tol, "muted"); they repeat.
std::string_view area_colour(std::size_t index);

using Rgb = std::array<unsigned char, 3>;

/// Colours of numbers: `fraction` runs from 0 to 1.
class ColourMap {
 public:
  static ColourMap sequential();  ///< dark blue to yellow (viridis)
  static ColourMap diverging();   ///< blue over white to red
  Rgb at(double fraction) const;

 private:
  explicit ColourMap(std::vector<Rgb> stops) : stops_(std::move(stops)) {}
  std::vector<Rgb> stops_;
};

}  // namespace widthwise::program::plot
