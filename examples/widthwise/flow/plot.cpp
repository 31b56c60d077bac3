// SPDX-License-Identifier: MIT
#include "flow/plot.hpp"

#include <algorithm>
#include <cctype>

#include "flow/summary.hpp"

namespace widthwise::program {

namespace {

plot::Axis block_axis() {
  return {.label = "block", .whole = true};
}

// Blocks of one part of the network, or all of one that has no parts.
std::vector<const BlockFlow<double>*> blocks_of(const Flow<double>& flow, const std::string& part) {
  std::vector<const BlockFlow<double>*> blocks;
  for (const auto& block : flow.blocks)
    if (block.part == part) blocks.push_back(&block);
  return blocks;
}

std::string title(const std::string& part, std::string text) {
  if (part.empty()) return text;
  text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  std::string title = part + ": " + text;
  title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
  return title;
}

plot::LinePanel diagonal_panel(const Flow<double>& flow, const std::string& part) {
  plot::Series forward{.label = "G, covariance"}, tangent{.label = "Θ, tangent kernel"};
  std::vector<double> all;
  for (const auto* block : blocks_of(flow, part)) {
    for (auto* series : {&forward, &tangent}) series->x.push_back(static_cast<double>(block->index));
    forward.y.push_back(mean_diagonal(block->forward.value));
    tangent.y.push_back(mean_diagonal(block->tangent.value));
    all.insert(all.end(), {forward.y.back(), tangent.y.back()});
  }
  return {.title = title(part, "Size of signals and of their changes"),
          .x = block_axis(),
          .y = {.label = "mean of diagonal", .spacing = plot::spacing_for(all)},
          .series = {forward, tangent}};
}

// Without any pair of rows there is nothing to draw.
std::optional<plot::LinePanel> correlation_panel(const Flow<double>& flow, const std::string& part) {
  plot::Series series{.label = "G"};
  for (const auto* block : blocks_of(flow, part))
    if (const auto correlation = mean_correlation(block->forward.value)) {
      series.x.push_back(static_cast<double>(block->index));
      series.y.push_back(*correlation);
    }
  if (series.x.empty()) return std::nullopt;
  return plot::LinePanel{.title = title(part, "Likeness of tokens"),
                         .x = block_axis(),
                         .y = {.label = "mean correlation in G", .range = std::pair(0.0, 1.0)},
                         .series = {series}};
}

// A shared embedding stands at its first place, the stem of the encoder.
plot::BarPanel share_panel(const Flow<double>& flow, const std::string& part) {
  const auto blocks = blocks_of(flow, part);
  const auto first = static_cast<std::size_t>(blocks.front() - flow.blocks.data());
  plot::BarPanel panel{.title = title(part, "Which parameters the output learns through"),
                       .x_label = "block",
                       .y_label = "part of the output's Θ"};
  for (const auto* block : blocks) panel.bars.push_back(std::to_string(block->index));
  // Groups of one name have one colour in both parts.
  const auto name_of = [](const GroupFlow<double>& group) {
    return group.name.substr(group.name.rfind('.') + 1);
  };
  const auto layer_of = [&](const GroupFlow<double>& group) {
    return std::find_if(panel.layers.begin(), panel.layers.end(),
                        [&](const auto& layer) { return layer.label == name_of(group); });
  };
  for (const auto& group : flow.groups)
    if (layer_of(group) == panel.layers.end())
      panel.layers.push_back({name_of(group), std::vector<double>(blocks.size())});
  for (const auto& group : flow.groups) {
    const std::size_t block = block_of(flow, group);
    if (flow.blocks[block].part != part) continue;
    // Rounding may leave a share that is zero slightly below it.
    layer_of(group)->heights[block - first] += std::max(group.tangent.value, 0.0);
  }
  return panel;
}

}  // namespace

plot::Figure flow_figure(const Flow<double>& flow, const std::string& title, const std::string& input) {
  plot::Figure figure{.title = title,
                      .subtitle = "Kernels at initialization for " + input + ", " + samples_text(flow),
                      .rows = {}};
  std::vector<std::string> parts;
  if (has_parts(flow))
    parts = {"encoder", "decoder"};
  else
    parts = {""};
  for (const std::string& part : parts) {
    figure.rows.push_back({diagonal_panel(flow, part)});
    if (auto panel = correlation_panel(flow, part)) figure.rows.back().push_back(std::move(*panel));
  }
  for (const std::string& part : parts) figure.rows.push_back({share_panel(flow, part)});
  return figure;
}

}  // namespace widthwise::program
