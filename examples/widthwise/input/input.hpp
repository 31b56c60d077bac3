// SPDX-License-Identifier: MIT
#pragma once

#include <variant>
#include <vector>

#include "widthwise/kernel/input.hpp"

namespace widthwise::program {

/// What a network is shown.
using Input = std::variant<Patches<double>, TokenIds>;

/// What an encoder–decoder is shown.
using InputPair = SequencePair<Input>;

/// What a patch stem takes: samples of exactly `tokens` patches, each of `inputs` numbers.
struct PatchShape {
  Index tokens = 1;
  Index inputs = 1;
};

/// What a token stem takes: samples of up to `tokens` items, each below `vocabulary`.
struct TokenShape {
  Index tokens = 1;
  Index vocabulary = 1;
};

using InputShape = std::variant<PatchShape, TokenShape>;

/// What an encoder–decoder's stems take.
struct PairShape {
  InputShape source;
  TokenShape target;
};

/// The layout of any input.
TokenLayout layout_of(const Input& input);

/// Samples one input after the other; there is at least one, and all patches have as many numbers as the
/// first.
Patches<double> join(const std::vector<Patches<double>>& inputs);
TokenIds join(const std::vector<TokenIds>& inputs);

/// The first samples of an input, which has at least so many.
Patches<double> first_samples(const Patches<double>& input, Index samples);
TokenIds first_samples(const TokenIds& input, Index samples);
Input first_samples(const Input& input, Index samples);

}  // namespace widthwise::program
