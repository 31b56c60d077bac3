// SPDX-License-Identifier: MIT
#include "presets/report.hpp"

#include "json_text.hpp"
#include "support/catch.hpp"
#include "widthwise/network/presets.hpp"

using namespace widthwise;
using namespace widthwise::program;

TEST_CASE("every preset is listed once with its sizes") {
  const std::string table = presets_report("table");
  const Json json = Json::parse(presets_report("json"));
  REQUIRE(json.size() == presets().size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    CHECK(json[i]["name"] == presets()[i].name);
    CHECK_THAT(table, ContainsSubstring("\n" + json[i]["name"].get<std::string>() + " "));
  }
  CHECK(json[0] == Json{{"name", "vit-b16"},
                        {"description", presets()[0].description},
                        {"width", 768},
                        {"heads", 12},
                        {"blocks", 24},
                        {"tokens", 196},
                        {"parameters", 86444008}});
}
