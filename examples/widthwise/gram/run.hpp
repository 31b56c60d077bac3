// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "input/input.hpp"
#include "widthwise/network/gram.hpp"
#include "widthwise/network/model.hpp"

namespace widthwise::program {

/// The part of widthwise::GramOptions that users of the program choose.
struct GramSettings {
  double tolerance = 1e-3;
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0 means all there are
  Index max_draws = 1 << 20;
  Index side = 0;  ///< samples of a tile's side; 0 means widthwise::gram_side
};

/// The tiles of an input.
GramTiling gram_tiling(const GramSettings& settings, TokenLayout layout);

/// widthwise::propagate_gram for models that were read, compiled once; `first_tile` and what comes after it.
/// Throws std::invalid_argument where a kernel is not finite, naming the tile, and whatever `visit` throws.
void run_gram(const Model& model, const Input& input, const GramSettings& settings, Index first_tile,
              const std::function<void(const GramBlock<double>&)>& visit);

}  // namespace widthwise::program
