// SPDX-License-Identifier: MIT
#include "presets/report.hpp"

#include <utility>
#include <vector>

#include "json_text.hpp"
#include "output/number_text.hpp"
#include "output/table.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"
#include "widthwise/network/presets.hpp"

namespace widthwise::program {

namespace {

template <class AnyNetwork>
std::int64_t parameters(const AnyNetwork& model) {
  std::int64_t sum = 0;
  for (const auto& group : parameter_groups(model).groups) sum += group.parameters();
  return sum;
}

// Of a stem that is one of several.
Index tokens(const std::variant<PatchStem, TokenStem>& stem) {
  return std::visit([](const auto& held) { return held.tokens; }, stem);
}

template <class AnyPreset>
Json preset_json(const AnyPreset& preset) {
  return {{"name", preset.name},
          {"description", preset.description},
          {"width", preset.model.sizes.width},
          {"heads", preset.model.sizes.heads}};
}

template <class AnyPreset>
std::vector<std::string> preset_row(const AnyPreset& preset, std::string blocks, std::string sizes) {
  return {std::string(preset.name),
          std::to_string(preset.model.sizes.width),
          std::to_string(preset.model.sizes.heads),
          std::move(blocks),
          std::move(sizes),
          grouped(static_cast<double>(parameters(preset.model))),
          std::string(preset.description)};
}

std::string sum_text(Index first, Index second) {
  return std::to_string(first) + " + " + std::to_string(second);
}

Json preset_list() {
  Json list(Json::array());
  for (const auto& preset : presets()) {
    list.push_back(preset_json(preset));
    list.back().update({{"blocks", preset.model.blocks.sequence.size()},
                        {"tokens", tokens(preset.model.stem)},
                        {"parameters", parameters(preset.model)}});
  }
  for (const auto& preset : encoder_decoder_presets()) {
    const auto& model = preset.model;
    list.push_back(preset_json(preset));
    list.back().update({{"blocks", model.encoder.sequence.size() + model.decoder.sequence.size()},
                        {"encoder_blocks", model.encoder.sequence.size()},
                        {"decoder_blocks", model.decoder.sequence.size()},
                        {"tokens", tokens(model.encoder_stem)},
                        {"target_tokens", model.decoder_stem.tokens},
                        {"parameters", parameters(model)}});
  }
  return list;
}

}  // namespace

std::string presets_report(const std::string& format) {
  if (format == "json") return json_text(preset_list());
  using Align = Table::Align;
  Table table{{{"name"},
               {"width", Align::right},
               {"heads", Align::right},
               {"blocks", Align::right},
               {"tokens", Align::right},
               {"parameters", Align::right},
               {"description"}},
              {}};
  for (const auto& preset : presets())
    table.rows.push_back(preset_row(preset, std::to_string(preset.model.blocks.sequence.size()),
                                    std::to_string(tokens(preset.model.stem))));
  for (const auto& preset : encoder_decoder_presets()) {
    const auto& model = preset.model;
    table.rows.push_back(preset_row(preset,
                                    sum_text(static_cast<Index>(model.encoder.sequence.size()),
                                             static_cast<Index>(model.decoder.sequence.size())),
                                    sum_text(tokens(model.encoder_stem), model.decoder_stem.tokens)));
  }
  return aligned_text(table);
}

}  // namespace widthwise::program
