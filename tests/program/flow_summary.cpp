// SPDX-License-Identifier: MIT
#include "flow/summary.hpp"

#include "support/catch.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

GroupFlow<double> group(const std::string& name, double parameters, double tangent, double squared_gradient) {
  return {name, parameters, {tangent, 0}, {squared_gradient, 0}, {0, 0}};
}

Flow<double> small_flow() {
  Flow<double> flow;
  flow.blocks.resize(4);
  flow.groups = {group("WE", 100, 0.5, 1), group("block2.Q", 10, 1, 4), group("block3.Q", 10, 2, 16),
                 group("block3.K", 10, 0.25, 9), group("head_bias", 3, 1, 1)};
  return flow;
}

}  // namespace

TEST_CASE("mean correlation is over pairs of different rows with variance") {
  Matrix<double> kernel(3, 3);
  kernel << 4, 1, 2, 1, 1, -0.5, 2, -0.5, 9;
  CHECK(*mean_correlation(kernel) == Approx((1 / 2.0 + 2 / 6.0 - 0.5 / 3) / 3));
  kernel.row(1).setZero();
  kernel.col(1).setZero();
  CHECK(*mean_correlation(kernel) == Approx(2 / 6.0));
  CHECK_FALSE(mean_correlation(Matrix<double>::Constant(1, 1, 3.0)).has_value());
  CHECK_FALSE(mean_correlation(Matrix<double>::Zero(3, 3)).has_value());
  CHECK(mean_diagonal(kernel) == Approx(13.0 / 3));
}

TEST_CASE("groups know their family and their block") {
  const Flow<double> flow = small_flow();
  CHECK(family_of(flow.groups[2]) == "Q");
  CHECK(family_of(flow.groups[4]) == "head_bias");
  CHECK(block_of(flow, flow.groups[0]) == 0);
  CHECK(block_of(flow, flow.groups[1]) == 1);
  CHECK(block_of(flow, flow.groups[2]) == 2);
  CHECK(block_of(flow, flow.groups[4]) == 3);
  CHECK(block_shares(flow) == std::vector<double>{0.5, 1, 2.25, 1});
}

TEST_CASE("families add up what their groups have") {
  const auto families = group_families(small_flow());
  REQUIRE(families.size() == 4);
  CHECK(families[0].name == "WE");
  CHECK(families[1].name == "Q");
  CHECK(families[1].tensors == 2);
  CHECK(families[1].parameters == 20);
  CHECK(families[1].tangent == 3);
  CHECK(families[1].squared_gradient == 20);
  CHECK(families[1].per_parameter() == 1);
  CHECK(families[2].name == "K");
  CHECK(families[3].name == "head_bias");
}

TEST_CASE("layouts are said in words") {
  CHECK(layout_text({1, 196}) == "1 sample of 196 tokens");
  CHECK(layout_text({2, 1}) == "2 samples of 1 token");
  CHECK(layout_text(TokenLayout::of_lengths({5, 2, 9})) == "3 samples of 2 to 9 tokens");
}

TEST_CASE("groups of an encoder–decoder know their part") {
  Flow<double> flow;
  flow.blocks.resize(7);
  for (std::size_t i = 0; i < 7; ++i) flow.blocks[i].part = i < 3 ? "encoder" : "decoder";
  flow.blocks.front().layout = {1, 4};
  flow.layout = {1, 2};
  flow.groups = {
      group("WE", 100, 0.5, 1),      group("encoder.PE", 10, 1, 1),       group("encoder.block2.Q", 10, 2, 1),
      group("decoder.PE", 10, 4, 1), group("decoder.block3.Q", 10, 8, 1), group("head", 10, 16, 1)};
  CHECK(block_shares(flow) == std::vector<double>{1.5, 2, 0, 4, 0, 8, 16});
  CHECK(family_of(flow.groups[0]) == "WE");
  CHECK(family_of(flow.groups[1]) == "encoder.PE");
  CHECK(family_of(flow.groups[4]) == "decoder.Q");
  CHECK(has_parts(flow));
  CHECK_FALSE(has_parts(small_flow()));
  CHECK(samples_text(flow) == "1 sample of 4 tokens to 1 sample of 2 tokens");
}
