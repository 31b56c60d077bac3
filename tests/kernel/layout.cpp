// SPDX-License-Identifier: MIT
#include "widthwise/kernel/layout.hpp"

#include "support/catch.hpp"

using namespace widthwise;

TEST_CASE("rows run over tokens within samples", "[kernel]") {
  constexpr TokenLayout layout{2, 3};
  CHECK(layout.rows() == 6);
  CHECK(layout.first_row(1) == 3);
  CHECK(layout.position(4) == 1);
}

TEST_CASE("same position is one wherever the token index agrees", "[kernel]") {
  const TokenLayout layout{2, 3};
  const Matrix<double> indicator = same_position<double>(layout);
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) CHECK(indicator(i, j) == (i % 3 == j % 3 ? 1 : 0));
}
