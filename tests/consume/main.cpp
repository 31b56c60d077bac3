// SPDX-License-Identifier: MIT
#include <widthwise.hpp>

namespace ww = widthwise;

int main() {
  const auto plan = ww::plan(ww::preset("vit-b16"), ww::NeuralTangent{}, ww::AdamW{});
  return plan.parameters == 86444008 ? 0 : 1;
}
