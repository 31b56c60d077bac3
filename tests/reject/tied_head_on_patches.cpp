// SPDX-License-Identifier: MIT
// expect: a tied head needs a token stem
#include "widthwise/network/transformer.hpp"

using namespace widthwise;

const Transformer network{Sizes{}, PatchStem{}, chain(Residual{LayerNorm{}, SelfAttention{}}), TiedHead{}};
