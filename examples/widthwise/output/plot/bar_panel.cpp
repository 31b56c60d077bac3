// SPDX-License-Identifier: MIT
#include <algorithm>

#include "output/plot/colours.hpp"
#include "output/plot/frame.hpp"
#include "output/plot/panels.hpp"

namespace widthwise::program::plot {

namespace {

void require_usable(const BarPanel& panel) {
  if (panel.bars.empty() || panel.layers.empty()) detail::reject("plot \"", panel.title, "\" has no bars");
  for (const Layer& layer : panel.layers) {
    const std::string name = "layer \"" + layer.label + "\"";
    if (layer.heights.size() != panel.bars.size())
      detail::reject("plot \"", panel.title, "\": ", name, " has ", layer.heights.size(), " heights for ",
                     panel.bars.size(), " bars");
    require_drawable(layer.heights, panel.title, name);
    const double least = *std::min_element(layer.heights.begin(), layer.heights.end());
    if (least < 0) detail::reject("plot \"", panel.title, "\": ", name, " has the negative height ", least);
  }
}

double highest(const BarPanel& panel) {
  double highest = 0;
  for (std::size_t bar = 0; bar < panel.bars.size(); ++bar) {
    double height = 0;
    for (const Layer& layer : panel.layers) height += layer.heights[bar];
    highest = std::max(highest, height);
  }
  return highest;
}

}  // namespace

void draw(Canvas& canvas, const Box& outer, const BarPanel& panel) {
  require_usable(panel);
  const double most = highest(panel);
  const Scale y{Spacing::linear, 0, most > 0 ? 1.05 * most : 1};
  Frame frame{.title = panel.title, .x_label = panel.x_label, .y_label = panel.y_label};
  for (std::size_t i = 0; i < panel.layers.size(); ++i)
    frame.keys.push_back({panel.layers[i].label, area_colour(i)});
  frame.y_ticks = placed(y, std::max(2, static_cast<int>(outer.height / 55)));
  frame.y_grid = true;
  const Box inner = inside(frame, outer);
  double widest = 0;
  for (const auto& name : panel.bars) widest = std::max(widest, text_width(name, 11));
  frame.x_ticks = placed_names(panel.bars, inner.width, widest + 4);
  draw_frame(canvas, frame, outer, inner);

  const double cell = inner.width / static_cast<double>(panel.bars.size());
  const double gap = cell > 6 ? 0.12 * cell : 0;
  for (std::size_t bar = 0; bar < panel.bars.size(); ++bar) {
    double below = 0;
    for (std::size_t i = 0; i < panel.layers.size(); ++i) {
      const double height = panel.layers[i].heights[bar];
      if (height == 0) continue;
      const double top = inner.bottom() - y.place(below + height) * inner.height;
      canvas.box({inner.x + static_cast<double>(bar) * cell + gap, top, cell - 2 * gap,
                  y.place(height) * inner.height},
                 area_colour(i));
      below += height;
    }
  }
}

}  // namespace widthwise::program::plot
