// SPDX-License-Identifier: MIT
#include "widthwise/kernel/layout.hpp"

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("rows run over tokens within samples", "[kernel]") {
  const TokenLayout layout{2, 3};
  CHECK(layout.rows() == 6);
  CHECK(layout.first_row(1) == 3);
  CHECK(layout.position(4) == 1);
  CHECK(layout.sample(4) == 1);
  CHECK(layout.length(1) == 3);
}

TEST_CASE("samples may differ in length", "[kernel]") {
  const TokenLayout layout = TokenLayout::of_lengths({3, 1, 2});
  CHECK_FALSE(layout.same_length());
  CHECK(layout.samples == 3);
  CHECK(layout.tokens == 3);
  CHECK(layout.rows() == 6);
  CHECK(layout.lengths() == std::vector<Index>{3, 1, 2});
  const std::vector<Index> samples{0, 0, 0, 1, 2, 2}, positions{0, 1, 2, 0, 0, 1};
  for (Index row = 0; row < 6; ++row) {
    CHECK(layout.sample(row) == samples[static_cast<std::size_t>(row)]);
    CHECK(layout.position(row) == positions[static_cast<std::size_t>(row)]);
    CHECK(layout.first_row(layout.sample(row)) + layout.position(row) == row);
  }
  CHECK(TokenLayout::of_lengths({2, 2}) == TokenLayout{2, 2});
  CHECK(TokenLayout::of_lengths({2, 2}).same_length());
  CHECK_FALSE(layout == TokenLayout{3, 2});
}

TEST_CASE("same position is one wherever the token index agrees", "[kernel]") {
  const TokenLayout layout{2, 3};
  const Matrix<double> indicator = same_position<double>(layout);
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) CHECK(indicator(i, j) == (i % 3 == j % 3 ? 1 : 0));

  const TokenLayout ragged = TokenLayout::of_lengths({3, 1, 2});
  const Matrix<double> same = same_position<double>(ragged);
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) CHECK(same(i, j) == (ragged.position(i) == ragged.position(j) ? 1 : 0));
}
