// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "widthwise/layer/patch_stem.hpp"
#include "widthwise/layer/token_stem.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("a patch stem is the scaled inner product plus shared positions", "[layer]") {
  const Patches<double> input{{2, 3}, normal_matrix(6, 5, 1)};
  const PatchStem stem{
      .coefficients = {.patch = 1.5, .position = 0.25, .class_token = {}}, .inputs = 5, .tokens = 3};
  const auto embedding = stem.embed(input);
  CHECK(embedding.layout == TokenLayout{2, 3});
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j)
      CHECK(embedding.forward(i, j) ==
            Approx(1.5 * input.values.row(i).dot(input.values.row(j)) / 5 + (i % 3 == j % 3 ? 0.25 : 0)));
  CHECK(embedding.contributions.size() == 2);
}

TEST_CASE("a class token is one row in front that all samples share", "[layer]") {
  const Patches<double> input{{2, 2}, normal_matrix(4, 5, 1)};
  const PatchStem stem{
      .coefficients = {.patch = 1, .position = 0.25, .class_token = 2}, .inputs = 5, .tokens = 2};
  const auto embedding = stem.embed(input);
  CHECK(embedding.layout == TokenLayout{2, 3});
  CHECK(embedding.forward(0, 0) == 2.25);
  CHECK(embedding.forward(0, 3) == 2.25);  // the other sample's class token
  CHECK(embedding.forward(0, 1) == 0);
  CHECK(embedding.forward(1, 5) == Approx(input.values.row(0).dot(input.values.row(3)) / 5));
  REQUIRE(embedding.contributions.size() == 3);
  CHECK(embedding.contributions[2].kernel.sum() == 4);

  const auto groups = stem.groups({16, 4});
  REQUIRE(groups.size() == 3);
  CHECK(groups[1].parameters() == 16);      // the token itself
  CHECK(groups[2].parameters() == 3 * 16);  // positions, its own included
}

TEST_CASE("a token stem compares vocabulary items", "[layer]") {
  const TokenIds input{{1, 3}, {5, 2, 5}};
  const TokenStem stem{.coefficients = {.embedding = 0.5, .position = 0.25}, .vocabulary = 6, .tokens = 4};
  const auto embedding = stem.embed<double>(input);
  Matrix<double> expected(3, 3);
  expected << 0.75, 0, 0.5, 0, 0.75, 0, 0.5, 0, 0.75;
  CHECK(embedding.forward == expected);
  CHECK(stem.groups({16, 4})[0].parameters() == 96);
  CHECK(stem.groups({16, 4})[1].parameters() == 64);
}

TEST_CASE("stems refuse input that does not fit", "[layer]") {
  const PatchStem stem{.coefficients = {}, .inputs = 5, .tokens = 3};
  CHECK_THROWS_WITH(stem.embed(Patches<double>{{1, 3}, normal_matrix(3, 4, 1)}),
                    "patches have 4 values each, but the stem takes inputs = 5");
  CHECK_THROWS_WITH(stem.embed(Patches<double>{{1, 2}, normal_matrix(2, 5, 1)}),
                    "samples have 2 patches each, but the stem takes tokens = 3");
  CHECK_THROWS_WITH(stem.embed(Patches<double>{TokenLayout::of_lengths({3, 2}), normal_matrix(5, 5, 1)}),
                    "samples have different numbers of patches, but the stem takes tokens = 3 of each");
  CHECK_THROWS_WITH(stem.embed(Patches<double>{{2, 3}, normal_matrix(3, 5, 1)}),
                    "patches have 3 rows, but 2 samples of 3 patches were announced");
  CHECK_THROWS_WITH(stem.embed(Patches<double>{{1, 3}, Matrix<double>::Constant(3, 5, std::nan(""))}),
                    "patches hold a value that is not finite");
  const TokenStem tokens{.coefficients = {}, .vocabulary = 6, .tokens = 4};
  CHECK_THROWS_WITH(tokens.embed<double>({{1, 2}, {1, 6}}), "token id 6 is not in the vocabulary of 6 items");
  CHECK_THROWS_WITH(tokens.embed<double>({{1, 2}, {1, -1}}),
                    "token id -1 is not in the vocabulary of 6 items");
  CHECK_THROWS_WITH(tokens.embed<double>({{1, 5}, {1, 1, 1, 1, 1}}),
                    "samples have 5 tokens each, but the stem has positions for tokens = 4");
  CHECK_THROWS_WITH(tokens.embed<double>({{2, 2, {0, 1}}, {1, 1, 1}}),
                    "token ids: 2 samples were announced with 2 starts, but it takes one each and the end");
  CHECK_THROWS_WITH(tokens.embed<double>({{1, 2}, {1}}),
                    "token ids: there are 1, but 1 samples of 2 tokens were announced");
}
