// SPDX-License-Identifier: MIT
#include "flow/plot.hpp"

#include <algorithm>

#include "flow/summary.hpp"

namespace widthwise::program {

namespace {

plot::Axis block_axis() {
  return {.label = "block", .whole = true};
}

plot::LinePanel diagonal_panel(const Flow<double>& flow) {
  plot::Series forward{.label = "G, covariance"}, tangent{.label = "Θ, tangent kernel"};
  std::vector<double> all;
  for (const auto& block : flow.blocks) {
    for (auto* series : {&forward, &tangent}) series->x.push_back(static_cast<double>(block.index));
    forward.y.push_back(mean_diagonal(block.forward.value));
    tangent.y.push_back(mean_diagonal(block.tangent.value));
    all.insert(all.end(), {forward.y.back(), tangent.y.back()});
  }
  return {.title = "Size of signals and of their changes",
          .x = block_axis(),
          .y = {.label = "mean of diagonal", .spacing = plot::spacing_for(all)},
          .series = {forward, tangent}};
}

// Without any pair of rows there is nothing to draw.
std::optional<plot::LinePanel> correlation_panel(const Flow<double>& flow) {
  plot::Series series{.label = "G"};
  for (const auto& block : flow.blocks)
    if (const auto correlation = mean_correlation(block.forward.value)) {
      series.x.push_back(static_cast<double>(block.index));
      series.y.push_back(*correlation);
    }
  if (series.x.empty()) return std::nullopt;
  return plot::LinePanel{.title = "Likeness of tokens",
                         .x = block_axis(),
                         .y = {.label = "mean correlation in G", .range = std::pair(0.0, 1.0)},
                         .series = {series}};
}

plot::BarPanel share_panel(const Flow<double>& flow) {
  plot::BarPanel panel{.title = "Which parameters the output learns through",
                       .x_label = "block",
                       .y_label = "part of the output's Θ"};
  for (const auto& block : flow.blocks) panel.bars.push_back(std::to_string(block.index));
  for (const auto& family : group_families(flow))
    panel.layers.push_back({family.name, std::vector<double>(flow.blocks.size())});
  for (const auto& group : flow.groups) {
    const std::string name = family_of(group);
    const auto layer = std::find_if(panel.layers.begin(), panel.layers.end(),
                                    [&](const auto& l) { return l.label == name; });
    // Rounding may leave a share that is zero slightly below it.
    layer->heights[block_of(flow, group)] += std::max(group.tangent.value, 0.0);
  }
  return panel;
}

}  // namespace

plot::Figure flow_figure(const Flow<double>& flow, const std::string& title, const std::string& input) {
  plot::Figure figure{.title = title,
                      .subtitle = "Kernels at initialization for " + input + ", " + layout_text(flow.layout),
                      .rows = {{diagonal_panel(flow)}, {share_panel(flow)}}};
  if (auto panel = correlation_panel(flow)) figure.rows.front().push_back(std::move(*panel));
  return figure;
}

}  // namespace widthwise::program
