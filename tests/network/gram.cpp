// SPDX-License-Identifier: MIT
#include "widthwise/network/gram.hpp"

#include <set>
#include <utility>

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("tiles take every pair of samples once", "[network]") {
  for (const Index samples : {1, 4, 5, 7, 12})
    for (const Index side : {1, 2, 3, 12, 40}) {
      const GramTiling tiling{samples, side};
      std::set<std::pair<Index, Index>> pairs;
      Index entries = 0;
      for (Index k = 0; k < tiling.count(); ++k) {
        const GramTile tile = tiling[k];
        CHECK(tile.index == k);
        CHECK(tile.rows >= 1);
        CHECK(tile.columns >= 1);
        for (Index i = tile.first_row; i < tile.first_row + tile.rows; ++i)
          for (Index j = tile.first_column; j < tile.first_column + tile.columns; ++j) {
            pairs.emplace(std::min(i, j), std::max(i, j));
            if (!tile.diagonal() || i <= j) ++entries;
          }
      }
      CHECK(entries == samples * (samples + 1) / 2);
      CHECK(pairs.size() == static_cast<std::size_t>(entries));
    }
}

TEST_CASE("the Gram matrix of the leading samples is complete first", "[network]") {
  const GramTiling tiling{7, 2}, leading{4, 2};
  for (Index k = 0; k < leading.count(); ++k) {
    CHECK(tiling[k].first_row == leading[k].first_row);
    CHECK(tiling[k].first_column == leading[k].first_column);
    CHECK(tiling[k].columns == 2);
  }
  CHECK(tiling[leading.count()].first_column == 4);
}

TEST_CASE("sides suit the number of tokens", "[network]") {
  CHECK(gram_side(1) == 32);
  CHECK(gram_side(16) == 4);
  CHECK(gram_side(196) == 1);
}

TEST_CASE("tiles are put in their places, both ways", "[network]") {
  const GramTiling tiling{3, 2};
  Gram<double> gram(3);
  const Matrix<double> all{{1, 2, 3}, {2, 5, 6}, {3, 6, 9}};
  for (const Index k : {2, 0, 1}) {
    const GramTile tile = tiling[k];
    const Matrix<double> part = all.block(tile.first_row, tile.first_column, tile.rows, tile.columns);
    gram.add({tile, {part, 0.1 * part}, {2 * part, 0.2 * part}, 64, k != 1});
  }
  CHECK(gram.forward().value == all);
  CHECK(gram.forward().standard_error == 0.1 * all);
  CHECK(gram.tangent().value == 2 * all);
  CHECK(gram.tangent().standard_error == 0.2 * all);
  CHECK_FALSE(gram.converged());
}
