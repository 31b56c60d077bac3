// SPDX-License-Identifier: MIT
#include "flow/summary.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace widthwise::program {

namespace {

// A name such as encoder.block7.Q: its part and its block, if it has them, and what is left.
struct GroupName {
  std::string part, own;
  std::size_t block = 0;
};

GroupName taken_apart(const GroupFlow<double>& group) {
  GroupName name{{}, group.name};
  for (auto dot = name.own.find('.'); dot != std::string::npos; dot = name.own.find('.')) {
    constexpr std::string_view prefix = "block";
    const std::string first = name.own.substr(0, dot);
    if (first.starts_with(prefix))
      name.block = std::stoul(first.substr(prefix.size()));
    else
      name.part = first;
    name.own.erase(0, dot + 1);
  }
  return name;
}

}  // namespace

std::string layout_text(const TokenLayout& layout) {
  const auto counted = [](Index count, const std::string& name) {
    return std::to_string(count) + " " + name + (count == 1 ? "" : "s");
  };
  const std::string samples = counted(layout.samples, "sample") + " of ";
  if (layout.same_length()) return samples + counted(layout.tokens, "token");
  const std::vector<Index> lengths = layout.lengths();
  return samples + std::to_string(*std::min_element(lengths.begin(), lengths.end())) + " to " +
         counted(layout.tokens, "token");
}

bool has_parts(const Flow<double>& flow) {
  return !flow.blocks.empty() && !flow.blocks.front().part.empty();
}

std::string samples_text(const Flow<double>& flow) {
  return (has_parts(flow) ? layout_text(flow.blocks.front().layout) + " to " : "") + layout_text(flow.layout);
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
  const GroupName name = taken_apart(group);
  return (name.part.empty() ? "" : name.part + ".") + name.own;
}

std::size_t block_of(const Flow<double>& flow, const GroupFlow<double>& group) {
  const GroupName name = taken_apart(group);
  if (name.part.empty() && name.own.starts_with("head")) return flow.blocks.size() - 1;
  std::size_t first = 0;  // block of its part; a shared embedding belongs to the first
  while (!name.part.empty() && flow.blocks[first].part != name.part) ++first;
  return first + (name.block > 0 ? name.block - 1 : 0);
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
