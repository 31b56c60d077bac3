// SPDX-License-Identifier: MIT
#include <algorithm>

#include "output/plot/colours.hpp"
#include "output/plot/frame.hpp"
#include "output/plot/panels.hpp"

namespace widthwise::program::plot {

namespace {

constexpr double point_radius = 2.7;

void require_usable(const LinePanel& panel) {
  if (panel.series.empty()) detail::reject("plot \"", panel.title, "\" has no series");
  for (const Series& series : panel.series) {
    const std::string name = "series \"" + series.label + "\"";
    if (series.x.empty() || series.x.size() != series.y.size() ||
        (!series.errors.empty() && series.errors.size() != series.y.size()))
      detail::reject("plot \"", panel.title, "\": ", name, " has ", series.x.size(), " x, ", series.y.size(),
                     " y and ", series.errors.size(), " errors");
    require_drawable(series.x, panel.title, name);
    require_drawable(series.y, panel.title, name);
    require_drawable(series.errors, panel.title, name);
    const auto require_positive = [&](const Axis& axis, const std::vector<double>& values) {
      const double least = *std::min_element(values.begin(), values.end());
      if (axis.spacing == Spacing::logarithmic && !(least > 0))
        detail::reject("plot \"", panel.title, "\": ", name, " has ", least, " on a logarithmic axis");
    };
    require_positive(panel.x, series.x);
    require_positive(panel.y, series.y);
  }
}

Scale x_scale(const LinePanel& panel) {
  double least = panel.series[0].x[0], most = least;
  for (const Series& series : panel.series) {
    least = std::min(least, *std::min_element(series.x.begin(), series.x.end()));
    most = std::max(most, *std::max_element(series.x.begin(), series.x.end()));
  }
  return fit(panel.x, least, most);
}

Scale y_scale(const LinePanel& panel) {
  double least = panel.series[0].y[0], most = least;
  for (const Series& series : panel.series)
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const double error = series.errors.empty() ? 0 : series.errors[i];
      double low = series.y[i] - error;
      // A bar that reaches to zero and below would have no end on a logarithmic axis.
      if (panel.y.spacing == Spacing::logarithmic) low = std::max(low, series.y[i] / 3);
      least = std::min(least, low);
      most = std::max(most, series.y[i] + error);
    }
  return fit(panel.y, least, most);
}

}  // namespace

void draw(Canvas& canvas, const Box& outer, const LinePanel& panel) {
  require_usable(panel);
  const Scale x = x_scale(panel), y = y_scale(panel);
  Frame frame{.title = panel.title, .x_label = panel.x.label, .y_label = panel.y.label};
  const auto colour_of = [&](std::size_t i) {
    return line_colour(panel.series[i].colour.value_or(i));
  };
  const auto mark_of = [&](std::size_t i) {
    const Series& series = panel.series[i];
    const bool again = !series.colour && i >= line_colours;
    return again && series.mark == Mark::line              ? Mark::dashed
           : again && series.mark == Mark::line_and_points ? Mark::dashed_and_points
                                                           : series.mark;
  };
  for (std::size_t i = 0; i < panel.series.size(); ++i)
    if (!panel.series[i].label.empty())
      frame.keys.push_back({panel.series[i].label, colour_of(i), mark_of(i)});
  frame.x_ticks = placed(x, std::max(2, static_cast<int>(outer.width / 60)), panel.x.whole);
  frame.y_ticks = placed(y, std::max(2, static_cast<int>(outer.height / 55)), panel.y.whole);
  frame.x_grid = frame.y_grid = true;
  const Box inner = inside(frame, outer);
  draw_frame(canvas, frame, outer, inner);

  const auto height_of = [&](double value) {
    return inner.bottom() - y.place(value) * inner.height;
  };
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    const std::string_view colour = colour_of(i);
    const Mark mark = mark_of(i);
    std::vector<Point> points;
    for (std::size_t k = 0; k < series.x.size(); ++k)
      points.push_back({inner.x + x.place(series.x[k]) * inner.width, height_of(series.y[k])});
    for (std::size_t k = 0; k < series.errors.size(); ++k) {
      const double low = std::max(series.y[k] - series.errors[k], y.low);
      const double top = height_of(series.y[k] + series.errors[k]), bottom = height_of(low);
      canvas.line({points[k].x, top}, {points[k].x, bottom}, {.colour = colour, .width = 1.4});
      for (const double end : {top, bottom})
        canvas.line({points[k].x - 3, end}, {points[k].x + 3, end}, {.colour = colour, .width = 1.4});
    }
    if (has_line(mark)) canvas.path(points, {.colour = colour, .width = 2, .dashed = is_dashed(mark)});
    if (has_points(mark))
      for (const Point& point : points) canvas.circle(point, point_radius, colour);
  }
}

}  // namespace widthwise::program::plot
