// SPDX-License-Identifier: MIT
#include "input/input.hpp"

#include <cassert>

namespace widthwise::program {

namespace {

template <class OneInput>
TokenLayout joint_layout(const std::vector<OneInput>& inputs) {
  assert(!inputs.empty());
  std::vector<Index> lengths;
  for (const auto& input : inputs)
    for (const Index length : input.layout.lengths()) lengths.push_back(length);
  return TokenLayout::of_lengths(lengths);
}

TokenLayout first_samples(const TokenLayout& layout, Index samples) {
  std::vector<Index> lengths = layout.lengths();
  lengths.resize(static_cast<std::size_t>(samples));
  return TokenLayout::of_lengths(lengths);
}

}  // namespace

TokenLayout layout_of(const Input& input) {
  return std::visit([](const auto& held) { return held.layout; }, input);
}

Patches<double> join(const std::vector<Patches<double>>& inputs) {
  const TokenLayout layout = joint_layout(inputs);
  Patches<double> joined{layout, Matrix<double>(layout.rows(), inputs.front().values.cols())};
  Index row = 0;
  for (const auto& input : inputs) {
    joined.values.middleRows(row, input.values.rows()) = input.values;
    row += input.values.rows();
  }
  return joined;
}

TokenIds join(const std::vector<TokenIds>& inputs) {
  TokenIds joined{joint_layout(inputs), {}};
  for (const auto& input : inputs) joined.ids.insert(joined.ids.end(), input.ids.begin(), input.ids.end());
  return joined;
}

Patches<double> first_samples(const Patches<double>& input, Index samples) {
  const TokenLayout layout = first_samples(input.layout, samples);
  return {layout, input.values.topRows(layout.rows())};
}

TokenIds first_samples(const TokenIds& input, Index samples) {
  const TokenLayout layout = first_samples(input.layout, samples);
  return {layout, {input.ids.begin(), input.ids.begin() + layout.rows()}};
}

Input first_samples(const Input& input, Index samples) {
  return std::visit([&](const auto& held) -> Input { return first_samples(held, samples); }, input);
}

}  // namespace widthwise::program
