// SPDX-License-Identifier: MIT
#include <algorithm>

#include "input/stb.hpp"
#include "output/plot/colours.hpp"
#include "output/plot/frame.hpp"
#include "output/plot/panels.hpp"

namespace widthwise::program::plot {

namespace {

constexpr double colour_bar_gap = 14, colour_bar_width = 14;

void require_usable(const HeatPanel& panel) {
  if (panel.values.size() == 0) detail::reject("plot \"", panel.title, "\" has no values");
  for (Index j = 0; j < panel.values.cols(); ++j)
    for (Index i = 0; i < panel.values.rows(); ++i)
      if (!is_drawable(panel.values(i, j)))
        detail::reject("plot \"", panel.title, "\" has a value that cannot be drawn: entry (", i, ", ", j,
                       ") is ", panel.values(i, j));
  const auto require_names = [&](const std::vector<std::string>& names, Index count, const char* what) {
    if (!names.empty() && static_cast<Index>(names.size()) != count)
      detail::reject("plot \"", panel.title, "\" has ", names.size(), " names for ", count, " ", what);
  };
  require_names(panel.rows, panel.values.rows(), "rows");
  require_names(panel.columns, panel.values.cols(), "columns");
}

struct Colours {
  Scale scale;
  ColourMap map;
  Rgb of(double value) const { return map.at(scale.place(value)); }
};

Colours colours_for(const HeatPanel& panel) {
  double low = panel.values.minCoeff(), high = panel.values.maxCoeff();
  if (panel.range) {
    low = std::min(low, panel.range->first);
    high = std::max(high, panel.range->second);
  }
  if (low < 0 && high > 0) {
    const double size = std::max(-low, high);
    return {{Spacing::linear, -size, size}, ColourMap::diverging()};
  }
  // Differences in the last digits are no pattern.
  high = std::max({high, low + 1e-9 * std::abs(low), low + 1e-300});
  return {{Spacing::linear, low, high}, ColourMap::sequential()};
}

// Each cell as several pixels, because viewers that know no hard pixels blur their edges.
template <class ColourOf>
std::string picture(Index rows, Index columns, const ColourOf& colour_of) {
  const Index repeat = std::max<Index>(1, 600 / std::max(rows, columns));
  std::vector<unsigned char> rgb;
  rgb.reserve(static_cast<std::size_t>(3 * rows * columns * repeat * repeat));
  for (Index y = 0; y < rows * repeat; ++y)
    for (Index x = 0; x < columns * repeat; ++x)
      for (const unsigned char value : colour_of(y / repeat, x / repeat)) rgb.push_back(value);
  return stb::png(rgb, static_cast<int>(columns * repeat), static_cast<int>(rows * repeat));
}

std::vector<std::string> names_or_numbers(const std::vector<std::string>& names, Index count) {
  if (!names.empty()) return names;
  std::vector<std::string> numbers;
  for (Index i = 1; i <= count; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

double widest(const std::vector<std::string>& names) {
  double width = 0;
  for (const auto& name : names) width = std::max(width, text_width(name, 11));
  return width;
}

void draw_colour_bar(Canvas& canvas, const Box& bar, const Colours& colours, const std::string& label) {
  constexpr Index steps = 256;
  canvas.image(bar, picture(steps, 1, [&](Index y, Index) {
                 return colours.map.at(1 - static_cast<double>(y) / (steps - 1));
               }));
  double width = 0;
  for (const auto& [place, tick] : placed(colours.scale, std::max(2, static_cast<int>(bar.height / 55)))) {
    const double y = bar.bottom() - place * bar.height;
    canvas.line({bar.right(), y}, {bar.right() + 4, y}, {.colour = "#555555"});
    canvas.text({bar.right() + 7, y + 4}, tick.text, {.size = 11, .exponent = tick.exponent});
    width = std::max(width, text_width(tick.text + tick.exponent, 11));
  }
  if (!label.empty())
    canvas.text({bar.right() + 7 + width + 15, bar.y + bar.height / 2}, label,
                {.size = 12, .anchor = "middle", .upwards = true});
}

}  // namespace

void draw(Canvas& canvas, const Box& outer, const HeatPanel& panel) {
  require_usable(panel);
  const Colours colours = colours_for(panel);
  const Index rows = panel.values.rows(), columns = panel.values.cols();
  const auto row_names = names_or_numbers(panel.rows, rows),
             column_names = names_or_numbers(panel.columns, columns);

  Frame frame{.title = panel.title, .x_label = panel.column_label, .y_label = panel.row_label};
  double colour_labels = 0;
  for (const Tick& tick : ticks(colours.scale, 5))
    colour_labels = std::max(colour_labels, text_width(tick.text + tick.exponent, 11));
  frame.right_margin =
      colour_bar_gap + colour_bar_width + 7 + colour_labels + (panel.value_label.empty() ? 4 : 24);
  // The widest row name decides the left margin, whichever of the names have room.
  frame.y_ticks = {
      {0.5, {0, *std::max_element(row_names.begin(), row_names.end(), [](const auto& a, const auto& b) {
               return text_width(a, 1) < text_width(b, 1);
             })}}};
  Box inner = inside(frame, outer);
  if (panel.square) {
    const double cell =
        std::min(inner.width / static_cast<double>(columns), inner.height / static_cast<double>(rows));
    inner.width = cell * static_cast<double>(columns);
    inner.height = cell * static_cast<double>(rows);
  }
  frame.x_ticks = placed_names(column_names, inner.width, widest(column_names) + 6);
  frame.y_ticks = placed_names(row_names, inner.height, 14);
  for (auto& [place, tick] : frame.y_ticks) place = 1 - place;  // the first row is on top

  canvas.image(inner,
               picture(rows, columns, [&](Index i, Index j) { return colours.of(panel.values(i, j)); }));
  for (const Index divider : panel.dividers) {
    const double x = inner.x + inner.width * static_cast<double>(divider) / static_cast<double>(columns);
    const double y = inner.y + inner.height * static_cast<double>(divider) / static_cast<double>(rows);
    canvas.line({x, inner.y}, {x, inner.bottom()}, {.colour = "#ffffff"});
    canvas.line({inner.x, y}, {inner.right(), y}, {.colour = "#ffffff"});
  }
  draw_frame(canvas, frame, outer, inner);
  draw_colour_bar(canvas, {inner.right() + colour_bar_gap, inner.y, colour_bar_width, inner.height}, colours,
                  panel.value_label);
}

}  // namespace widthwise::program::plot
