// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/plot/canvas.hpp"
#include "output/plot/scale.hpp"

namespace widthwise::program::plot {

/// One entry of a legend: a colour, as a box or as a line, and what it stands for.
struct Key {
  std::string label;
  std::string_view colour;
  std::optional<Mark> mark = {};  ///< a box without it
};

/// A tick with its place along an axis, from 0 to 1.
struct PlacedTick {
  double place;
  Tick tick;
};

std::vector<PlacedTick> placed(const Scale& scale, int wanted, bool whole = false);

/// What surrounds a panel's drawing: title, legend and the two axes.
struct Frame {
  std::string title;
  std::vector<Key> keys = {};  ///< of the legend, which is left out for fewer than two
  std::string x_label = {}, y_label = {};
  std::vector<PlacedTick> x_ticks = {}, y_ticks = {};
  bool x_grid = false, y_grid = false;
  double right_margin = 12;
};

/// The part of `outer` that a frame leaves for the drawing.
Box inside(const Frame& frame, const Box& outer);

/// Draws a frame around its inside; grid lines come below what is drawn later.
void draw_frame(Canvas& canvas, const Frame& frame, const Box& outer, const Box& inner);

/// Names along an axis of equal cells, as many as there is room for, `room` being what one name needs in
/// pixels.
std::vector<PlacedTick> placed_names(const std::vector<std::string>& names, double length, double room);

}  // namespace widthwise::program::plot
