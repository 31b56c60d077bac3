// SPDX-License-Identifier: MIT
#include "check/report.hpp"
#include "json_text.hpp"

namespace widthwise::program {

namespace {

Json error_json(const KernelError& error) {
  return {{"relative_error", error.relative_error}, {"standard_error", error.standard_error}};
}

}  // namespace

std::string check_json(const Check& check, const CheckHeading& heading) {
  Json json(Json::object());
  json["widths"] = Json(Json::array());
  for (const WidthCheck& width : check.widths) {
    Json groups(Json::array());
    for (const GroupCheck& group : width.groups)
      groups.push_back({{"name", group.name},
                        {"theory", group.theory},
                        {"measured", group.measured},
                        {"standard_error", group.standard_error}});
    json["widths"].push_back({{"width", width.width},
                              {"networks", width.networks},
                              {"G", error_json(width.forward)},
                              {"Theta", error_json(width.tangent)},
                              {"groups", std::move(groups)}});
  }
  json["slope"] = check.slope ? Json(check.slope->exponent) : Json(nullptr);
  json["slope_standard_error"] = check.slope ? Json(check.slope->standard_error) : Json(nullptr);
  json["samples"] = check.layout.samples;
  json["tokens"] = check.layout.tokens;
  if (check.source) json["source"] = {{"samples", check.source->samples}, {"tokens", check.source->tokens}};
  json["theory_standard_error"] = check.theory_error;
  json["seed"] = heading.seed;
  return json_text(json);
}

}  // namespace widthwise::program
