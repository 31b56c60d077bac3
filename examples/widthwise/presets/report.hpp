// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace widthwise::program {

/// All presets with their sizes, as a table or as JSON.
std::string presets_report(const std::string& format);

}  // namespace widthwise::program
