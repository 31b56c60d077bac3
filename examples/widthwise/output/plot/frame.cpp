// SPDX-License-Identifier: MIT
#include "output/plot/frame.hpp"

#include <algorithm>
#include <cmath>

namespace widthwise::program::plot {

namespace {

constexpr double title_size = 13.5, label_size = 12, tick_size = 11;
constexpr double title_height = 24, legend_line = 19, tick_length = 4;
constexpr std::string_view grid_colour = "#e6e6e6", axis_colour = "#555555";

double width_of(const Tick& tick) {
  return text_width(tick.text, tick_size) + text_width(tick.exponent, 0.75 * tick_size);
}

double width_of(const Key& key) {
  return 24 + text_width(key.label, label_size) + 14;
}

bool has_legend(const Frame& frame) {
  return frame.keys.size() > 1;
}

// Upper left corners of the keys, relative to the legend's.
std::vector<Point> key_places(const Frame& frame, double width) {
  std::vector<Point> places;
  Point next{0, 0};
  for (const Key& key : frame.keys) {
    if (next.x > 0 && next.x + width_of(key) > width) next = {0, next.y + legend_line};
    places.push_back(next);
    next.x += width_of(key);
  }
  return places;
}

double left_margin(const Frame& frame) {
  double widest = 0;
  for (const auto& [place, tick] : frame.y_ticks) widest = std::max(widest, width_of(tick));
  return widest + tick_length + 6 + (frame.y_label.empty() ? 0 : 22);
}

void draw_legend(Canvas& canvas, const Frame& frame, Point corner, double width) {
  const auto places = key_places(frame, width);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Key& key = frame.keys[i];
    const Point at{corner.x + places[i].x, corner.y + places[i].y};
    if (!key.mark) {
      canvas.box({at.x, at.y + 2, 12, 12}, key.colour);
      canvas.text({at.x + 17, at.y + 12}, key.label, {.size = label_size});
      continue;
    }
    if (has_line(*key.mark))
      canvas.line({at.x, at.y + 8}, {at.x + 19, at.y + 8},
                  {.colour = key.colour, .width = 2, .dashed = is_dashed(*key.mark)});
    if (has_points(*key.mark)) canvas.circle({at.x + 9.5, at.y + 8}, 3, key.colour);
    canvas.text({at.x + 24, at.y + 12}, key.label, {.size = label_size});
  }
}

}  // namespace

std::vector<PlacedTick> placed(const Scale& scale, int wanted, bool whole) {
  std::vector<PlacedTick> all;
  for (const Tick& tick : ticks(scale, wanted, whole)) all.push_back({scale.place(tick.value), tick});
  return all;
}

std::vector<PlacedTick> placed_names(const std::vector<std::string>& names, double length, double room) {
  const double cell = length / static_cast<double>(names.size());
  const double stride = room <= cell ? 1 : round_up(room / cell);
  std::vector<PlacedTick> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    // The first, and then round numbers counted from 1.
    const double count = static_cast<double>(i) + 1;
    if (i == 0 || (std::fmod(count, stride) == 0 && (count - 1) * cell >= room))
      all.push_back({(count - 0.5) / static_cast<double>(names.size()), {0, names[i]}});
  }
  return all;
}

Box inside(const Frame& frame, const Box& outer) {
  const double left = left_margin(frame);
  const double top =
      (frame.title.empty() ? 8 : title_height) +
      (has_legend(frame) ? key_places(frame, outer.width - left).back().y + legend_line + 6 : 6);
  const double bottom = tick_length + 16 + (frame.x_label.empty() ? 0 : 20);
  return {outer.x + left, outer.y + top, outer.width - left - frame.right_margin,
          outer.height - top - bottom};
}

void draw_frame(Canvas& canvas, const Frame& frame, const Box& outer, const Box& inner) {
  if (!frame.title.empty())
    canvas.text({inner.x, outer.y + 15}, frame.title,
                {.size = title_size, .colour = "#111111", .bold = true});
  if (has_legend(frame)) {
    const double top = outer.y + (frame.title.empty() ? 8 : title_height);
    draw_legend(canvas, frame, {inner.x, top}, outer.right() - inner.x);
  }

  for (const auto& [place, tick] : frame.x_ticks) {
    const double x = inner.x + place * inner.width;
    if (frame.x_grid && !tick.minor())
      canvas.line({x, inner.y}, {x, inner.bottom()}, {.colour = grid_colour});
    canvas.line({x, inner.bottom()}, {x, inner.bottom() + (tick.minor() ? 0.6 : 1) * tick_length},
                {.colour = axis_colour});
    if (!tick.minor())
      canvas.text({x, inner.bottom() + tick_length + 12}, tick.text,
                  {.size = tick_size, .anchor = "middle", .exponent = tick.exponent});
  }
  for (const auto& [place, tick] : frame.y_ticks) {
    const double y = inner.bottom() - place * inner.height;
    if (frame.y_grid && !tick.minor()) canvas.line({inner.x, y}, {inner.right(), y}, {.colour = grid_colour});
    canvas.line({inner.x - (tick.minor() ? 0.6 : 1) * tick_length, y}, {inner.x, y}, {.colour = axis_colour});
    if (!tick.minor())
      canvas.text({inner.x - tick_length - 4, y + 4}, tick.text,
                  {.size = tick_size, .anchor = "end", .exponent = tick.exponent});
  }
  canvas.line({inner.x, inner.bottom()}, {inner.right(), inner.bottom()}, {.colour = axis_colour});
  canvas.line({inner.x, inner.y}, {inner.x, inner.bottom()}, {.colour = axis_colour});

  if (!frame.x_label.empty())
    canvas.text({inner.x + inner.width / 2, inner.bottom() + tick_length + 31}, frame.x_label,
                {.size = label_size, .anchor = "middle"});
  if (!frame.y_label.empty())
    canvas.text({outer.x + 13, inner.y + inner.height / 2}, frame.y_label,
                {.size = label_size, .anchor = "middle", .upwards = true});
}

}  // namespace widthwise::program::plot
