// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace widthwise::program {

/// Words with commas between.
inline std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

}  // namespace widthwise::program
