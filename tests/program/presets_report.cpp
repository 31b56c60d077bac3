// SPDX-License-Identifier: MIT
#include "presets/report.hpp"

#include "json_text.hpp"
#include "support/catch.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"
#include "widthwise/network/presets.hpp"

using namespace widthwise;
using namespace widthwise::program;

TEST_CASE("every preset is listed once with its sizes") {
  const std::string table = presets_report("table");
  const Json json = Json::parse(presets_report("json"));
  std::vector<std::string> names;
  for (const auto& preset : presets()) names.emplace_back(preset.name);
  for (const auto& preset : encoder_decoder_presets()) names.emplace_back(preset.name);
  REQUIRE(json.size() == names.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    CHECK(json[i]["name"] == names[i]);
    CHECK_THAT(table, ContainsSubstring("\n" + json[i]["name"].get<std::string>() + " "));
  }
  CHECK(json[0] == Json{{"name", "vit-b16"},
                        {"description", presets()[0].description},
                        {"width", 768},
                        {"heads", 12},
                        {"blocks", 24},
                        {"tokens", 196},
                        {"parameters", 86444008}});
  const Json& bart = json[presets().size()];
  CHECK(bart["name"] == "bart-large");
  CHECK(bart["parameters"] == 404845568);
  CHECK(bart["blocks"] == 26 + 37);
  CHECK(bart["encoder_blocks"] == 26);
  CHECK(bart["target_tokens"] == 514);
  CHECK_THAT(table, ContainsSubstring("26 + 37"));
}
