// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/kernel/matrix.hpp"

/// Figures as SVG: lines, stacked bars and heatmaps, several panels in one figure.
namespace widthwise::program::plot {

enum class Spacing { linear, logarithmic };

/// Logarithmic for positive numbers that span more than a factor of twenty, else linear.
Spacing spacing_for(const std::vector<double>& values);

/// One axis of a panel. It spans the data, and `range` too where that is given.
struct Axis {
  std::string label = {};
  Spacing spacing = Spacing::linear;
  std::optional<std::pair<double, double>> range = {};
  bool whole = false;  ///< ticks at whole numbers only
};

enum class Mark { line, points, line_and_points, dashed, dashed_and_points };

/// Whether a line joins the points, whether it has gaps, and whether the points are drawn.
constexpr bool has_line(Mark mark) {
  return mark != Mark::points;
}
constexpr bool is_dashed(Mark mark) {
  return mark == Mark::dashed || mark == Mark::dashed_and_points;
}
constexpr bool has_points(Mark mark) {
  return mark != Mark::line && mark != Mark::dashed;
}

/// Points (x, y), in the order in which a line joins them; `errors`, if any, are half the lengths of their
/// bars.
struct Series {
  std::string label = {};
  std::vector<double> x = {}, y = {};
  std::vector<double> errors = {};
  Mark mark = Mark::line_and_points;
  std::optional<std::size_t> colour = {};  ///< place in the palette; without it, the place among
                                           ///< the series, dashed where colours come round again
};

/// Lines over a common pair of axes.
struct LinePanel {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
};

/// One layer of stacked bars: a height that is not negative for each bar.
struct Layer {
  std::string label = {};
  std::vector<double> heights = {};
};

/// Bars with the first layer at the bottom.
struct BarPanel {
  std::string title = {};
  std::string x_label = {}, y_label = {};
  std::vector<std::string> bars = {};
  std::vector<Layer> layers = {};
};

/// A matrix as colours, its first row on top. Values of both signs get colours that diverge from white at
/// zero.
struct HeatPanel {
  std::string title = {};
  Matrix<double> values = {};
  std::string row_label = {}, column_label = {}, value_label = {};
  std::vector<std::string> rows = {}, columns = {};     ///< names, or none: rows are then counted from 1
  std::optional<std::pair<double, double>> range = {};  ///< of the colours; it is widened to the data
  std::vector<Index> dividers = {};                     ///< a white line before these rows and columns
  bool square = false;                                  ///< cells as high as wide
};

using Panel = std::variant<LinePanel, BarPanel, HeatPanel>;

/// Rows of panels that share the figure's width evenly.
struct Figure {
  std::string title = {};
  std::string subtitle = {};
  std::vector<std::vector<Panel>> rows = {};
};

/// The figure as an SVG document.
///
/// Throws std::invalid_argument, naming panel and series, for data that are empty, of different lengths, not
/// finite, negative bars, and for what a logarithmic axis cannot show.
std::string svg(const Figure& figure);

}  // namespace widthwise::program::plot
