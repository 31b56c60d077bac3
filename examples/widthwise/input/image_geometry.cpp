// SPDX-License-Identifier: MIT
#include "input/image_geometry.hpp"

#include <cmath>

namespace widthwise::program {

namespace {

// Images of more pixels along a side are nothing that a patch stem is for.
constexpr Index largest_side = 8192;

std::optional<Index> whole_root(Index square) {
  const auto root = static_cast<Index>(std::llround(std::sqrt(static_cast<double>(square))));
  if (root < 1 || root > largest_side || root * root != square) return std::nullopt;
  return root;
}

}  // namespace

std::optional<ImageGeometry> image_geometry(Index tokens, Index inputs) {
  const auto side = whole_root(tokens);
  if (!side) return std::nullopt;
  for (const Index channels : {Index{3}, Index{1}}) {
    if (inputs % channels != 0) continue;
    const auto patch = whole_root(inputs / channels);
    if (patch && *side * *patch <= largest_side) return ImageGeometry{*side * *patch, *patch, channels};
  }
  return std::nullopt;
}

}  // namespace widthwise::program
