// SPDX-License-Identifier: MIT
#include "flow/summary.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace widthwise::program {

std::string layout_text(const TokenLayout& layout) {
  const auto counted = [](Index count, const std::string& name) {
    return std::to_string(count) + " " + name + (count == 1 ? "" : "s");
  };
  return counted(layout.samples, "sample") + " of " + counted(layout.tokens, "token");
}

std::optional<double> mean_correlation(const Matrix<double>& kernel) {
  double sum = 0;
  Index pairs = 0;
  for (Index j = 0; j < kernel.cols(); ++j)
    for (Index i = 0; i < j; ++i)
      if (kernel(i, i) > 0 && kernel(j, j) > 0) {
        sum += kernel(i, j) / (std::sqrt(kernel(i, i)) * std::sqrt(kernel(j, j)));
        ++pairs;
      }
  if (pairs == 0) return std::nullopt;
  return sum / static_cast<double>(pairs);
}

std::string family_of(const GroupFlow<double>& group) {
  const auto dot = group.name.find('.');
  return dot == std::string::npos ? group.name : group.name.substr(dot + 1);
}

std::size_t block_of(const Flow<double>& flow, const GroupFlow<double>& group) {
  constexpr std::string_view prefix = "block";
  if (group.name.find('.') != std::string::npos) return std::stoul(group.name.substr(prefix.size())) - 1;
  return group.name.starts_with("head") ? flow.blocks.size() - 1 : 0;
}

double GroupFamily::per_parameter() const {
  return std::sqrt(std::max(squared_gradient, 0.0) / parameters);
}

std::vector<GroupFamily> group_families(const Flow<double>& flow) {
  std::vector<GroupFamily> families;
  for (const auto& group : flow.groups) {
    const std::string name = family_of(group);
    auto family =
        std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == name; });
    if (family == families.end()) family = families.insert(families.end(), GroupFamily{.name = name});
    ++family->tensors;
    family->parameters += group.parameters;
    family->tangent += group.tangent.value;
    family->squared_gradient += group.squared_gradient.value;
  }
  return families;
}

std::vector<double> block_shares(const Flow<double>& flow) {
  std::vector<double> shares(flow.blocks.size());
  for (const auto& group : flow.groups) shares[block_of(flow, group)] += group.tangent.value;
  return shares;
}

}  // namespace widthwise::program
