// SPDX-License-Identifier: MIT
#include "presets/report.hpp"

#include "json_text.hpp"
#include "output/number_text.hpp"
#include "output/table.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/network/presets.hpp"

namespace widthwise::program {

namespace {

std::int64_t parameters(const Model& model) {
  std::int64_t sum = 0;
  for (const auto& group : parameter_groups(model).groups) sum += group.parameters();
  return sum;
}

Index tokens(const Model& model) {
  return std::visit([](const auto& stem) { return stem.tokens; }, model.stem);
}

}  // namespace

std::string presets_report(const std::string& format) {
  if (format == "json") {
    Json list(Json::array());
    for (const auto& preset : presets())
      list.push_back({{"name", preset.name},
                      {"description", preset.description},
                      {"width", preset.model.sizes.width},
                      {"heads", preset.model.sizes.heads},
                      {"blocks", preset.model.blocks.sequence.size()},
                      {"tokens", tokens(preset.model)},
                      {"parameters", parameters(preset.model)}});
    return json_text(list);
  }
  using Align = Table::Align;
  Table table{{{"name"},
               {"width", Align::right},
               {"heads", Align::right},
               {"blocks", Align::right},
               {"tokens", Align::right},
               {"parameters", Align::right},
               {"description"}},
              {}};
  for (const auto& preset : presets()) {
    const auto& model = preset.model;
    table.rows.push_back({std::string(preset.name), std::to_string(model.sizes.width),
                          std::to_string(model.sizes.heads), std::to_string(model.blocks.sequence.size()),
                          std::to_string(tokens(model)), grouped(static_cast<double>(parameters(model))),
                          std::string(preset.description)});
  }
  return aligned_text(table);
}

}  // namespace widthwise::program
