// SPDX-License-Identifier: MIT
#include "input/input.hpp"

#include <cassert>

namespace widthwise::program {

namespace {

template <class OneInput>
TokenLayout joint_layout(const std::vector<OneInput>& inputs) {
  assert(!inputs.empty());
  TokenLayout layout{0, inputs.front().layout.tokens};
  for (const auto& input : inputs) {
    assert(input.layout.tokens == layout.tokens);
    layout.samples += input.layout.samples;
  }
  return layout;
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
  const TokenLayout layout{samples, input.layout.tokens};
  return {layout, input.values.topRows(layout.rows())};
}

TokenIds first_samples(const TokenIds& input, Index samples) {
  const TokenLayout layout{samples, input.layout.tokens};
  return {layout, {input.ids.begin(), input.ids.begin() + layout.rows()}};
}

}  // namespace widthwise::program
