// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include "widthwise/kernel/estimate.hpp"

namespace widthwise {

/// One tile of a Gram matrix: all pairs of a sample of its rows with a sample of its columns.
struct GramTile {
  Index index;                  ///< counted from 0
  Index first_row, rows;        ///< samples
  Index first_column, columns;  ///< samples, the same as the rows' or later ones

  bool diagonal() const { return first_row == first_column; }
};

/// The pairs of `samples` samples, cut into tiles of `side` × `side` samples; the last ones may be smaller.
///
/// Tiles of the upper triangle only, one column of tiles after the other, so that the Gram matrix of the
/// leading samples is complete first.
struct GramTiling {
  Index samples = 1;
  Index side = 1;

  Index blocks() const { return (samples + side - 1) / side; }
  Index count() const { return blocks() * (blocks() + 1) / 2; }

  GramTile operator[](Index index) const {
    Index column = 0, before = 0;
    while (before + column + 1 <= index) before += ++column;
    const Index first_row = (index - before) * side, first_column = column * side;
    return {index, first_row, std::min(side, samples - first_row), first_column,
            std::min(side, samples - first_column)};
  }
};

/// Samples of a tile's side that suit flows of so many rows a sample: as many as give 64 rows, at least one.
///
/// A tile off the diagonal takes a flow through twice as many rows. Memory and the roots of covariances
/// favour short sides; long ones save a third of the work at best, and most of that by a side of four.
constexpr Index gram_side(Index tokens) {
  return std::clamp<Index>(64 / std::max<Index>(tokens, 1), 1, 32);
}

/// The kernels of one tile; rows and columns are the outputs of its samples, one a sample where the head
/// pools.
template <class Scalar>
struct GramBlock {
  GramTile tile;
  Estimate<Matrix<Scalar>> forward;  ///< G between the rows' outputs and the columns'
  Estimate<Matrix<Scalar>> tangent;  ///< Θ
  Index draws = 0;                   ///< of each replicate in each sampled block; 0 where it is exact
  bool converged = true;             ///< whether the tile's flow is within the tolerance

  /// Outputs of a sample.
  Index outputs() const { return forward.value.rows() / tile.rows; }
};

/// Whole Gram matrices, put together from their tiles in any order.
///
/// Tiles are independent of each other: their errors are, too, and the whole is positive semidefinite up to
/// them.
template <class Scalar>
class Gram {
 public:
  explicit Gram(Index samples) : samples_(samples) {}

  void add(const GramBlock<Scalar>& block) {
    const Index outputs = block.outputs(), all = samples_ * outputs;
    for (auto [whole, part] : {std::pair(&forward_.value, &block.forward.value),
                               std::pair(&forward_.standard_error, &block.forward.standard_error),
                               std::pair(&tangent_.value, &block.tangent.value),
                               std::pair(&tangent_.standard_error, &block.tangent.standard_error)}) {
      if (whole->rows() != all) whole->setZero(all, all);
      const Index row = block.tile.first_row * outputs, column = block.tile.first_column * outputs;
      whole->block(row, column, part->rows(), part->cols()) = *part;
      whole->block(column, row, part->cols(), part->rows()) = part->transpose();
    }
    converged_ = converged_ && block.converged;
  }

  const Estimate<Matrix<Scalar>>& forward() const { return forward_; }
  const Estimate<Matrix<Scalar>>& tangent() const { return tangent_; }
  bool converged() const { return converged_; }

 private:
  Index samples_;
  Estimate<Matrix<Scalar>> forward_, tangent_;
  bool converged_ = true;
};

}  // namespace widthwise
