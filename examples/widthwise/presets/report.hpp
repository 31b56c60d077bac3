// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace widthwise::program {

/// All presets with their sizes, as a table, csv or json.
std::string presets_report(const std::string& format);

}  // namespace widthwise::program
