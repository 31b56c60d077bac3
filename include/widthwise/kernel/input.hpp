// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// Patches of one or more samples: `values` has one row per (sample, token) and n_patch columns.
template <class Scalar>
struct Patches {
  TokenLayout layout;
  Matrix<Scalar> values;
};

/// Vocabulary items of one or more samples, `ids[layout.first_row(sample) + token]`, counted from 0.
struct TokenIds {
  TokenLayout layout;
  std::vector<Index> ids;
};

/// What an encoder–decoder reads: `source` goes to the encoder, `target` to the decoder, sample by sample.
template <class Source>
struct SequencePair {
  Source source;
  TokenIds target;
};

}  // namespace widthwise
