// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "widthwise/kernel/matrix.hpp"

namespace widthwise::program {

/// How a square image of image_size × image_size pixels is cut into patches of patch_size × patch_size.
struct ImageGeometry {
  Index image_size = 224;
  Index patch_size = 16;
  Index channels = 3;  ///< 1 or 3

  /// Patches in a row, in pixels' units of patch_size.
  Index side() const { return image_size / patch_size; }
  /// T, patches of an image.
  Index tokens() const { return side() * side(); }
  /// n_patch, numbers in a patch.
  Index inputs() const { return channels * patch_size * patch_size; }

  bool operator==(const ImageGeometry&) const = default;
};

/// The geometry of images that give a patch stem its `tokens` patches of `inputs` numbers, where there is
/// one.
///
/// There is at most one: `tokens` must be a square, and `inputs` cannot be a square and three times a square
/// at once.
std::optional<ImageGeometry> image_geometry(Index tokens, Index inputs);

}  // namespace widthwise::program
