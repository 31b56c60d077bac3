// SPDX-License-Identifier: MIT
#include "output/plot/figure.hpp"

#include <algorithm>

#include "output/plot/panels.hpp"

namespace widthwise::program::plot {

namespace {

constexpr double figure_width = 960, border = 20, panel_gap = 28, row_gap = 26;

double panel_width(const std::vector<Panel>& row) {
  const auto count = static_cast<double>(row.size());
  return (figure_width - 2 * border - (count - 1) * panel_gap) / count;
}

double height_of(const std::vector<Panel>& row) {
  const auto is_square = [](const Panel& panel) {
    const auto* heat = std::get_if<HeatPanel>(&panel);
    return heat && heat->square;
  };
  if (std::none_of(row.begin(), row.end(), is_square)) return 300;
  // Squares of the width that names and a colour bar leave.
  return std::clamp(panel_width(row) - 50, 200.0, 480.0);
}

double header_height(const Figure& figure) {
  return border + (figure.title.empty() ? 0 : 26) + (figure.subtitle.empty() ? 0 : 20) + 6;
}

}  // namespace

Spacing spacing_for(const std::vector<double>& values) {
  if (values.empty()) return Spacing::linear;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *least > 0 && *most / *least > 20 ? Spacing::logarithmic : Spacing::linear;
}

std::string svg(const Figure& figure) {
  double height = header_height(figure) + border - row_gap;
  for (const auto& row : figure.rows) height += height_of(row) + row_gap;

  Canvas canvas(figure_width, height);
  if (!figure.title.empty())
    canvas.text({border, border + 14}, figure.title, {.size = 18, .colour = "#111111", .bold = true});
  if (!figure.subtitle.empty())
    canvas.text({border, header_height(figure) - 13}, figure.subtitle, {.size = 12.5, .colour = "#666666"});
  double top = header_height(figure);
  for (const auto& row : figure.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Box box{border + static_cast<double>(i) * (panel_width(row) + panel_gap), top, panel_width(row),
                    height_of(row)};
      std::visit([&](const auto& panel) { draw(canvas, box, panel); }, row[i]);
    }
    top += height_of(row) + row_gap;
  }
  return canvas.document();
}

}  // namespace widthwise::program::plot
