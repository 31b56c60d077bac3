// SPDX-License-Identifier: MIT
#include "widthwise/finite/weights.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("weights have the planned shapes and deviations, whatever the law", "[finite]") {
  auto network = small_vision();
  network.sizes = {96, 4};
  network.head.outputs = 50;
  const auto check = [&](const auto& strategy, const auto& law) {
    const auto weights = draw_weights(network, Stream(4), strategy, law);
    const ModelGroups model = parameter_groups(network);
    REQUIRE(weights.tensors.size() == model.groups.size());
    for (std::size_t i = 0; i < model.groups.size(); ++i) {
      CAPTURE(weights.names[i]);
      const auto& group = model.groups[i];
      const auto& tensor = weights.tensors[i];
      CHECK(tensor.size() == group.parameters());
      const double variance =
          group.coefficient ? group.coefficient->value / strategy.fan_in(group, model).value() : 0;
      // The square of a normal scatters by √2 of its mean, of a law with shorter tails by less.
      CHECK(std::abs(tensor.squaredNorm() / static_cast<double>(tensor.size()) - variance) <=
            4 * variance * std::sqrt(2 / static_cast<double>(tensor.size())));
    }
  };
  check(NeuralTangent{}, distribution::Normal{});
  check(MaximalUpdate{}, distribution::Uniform{});
  check(Uniform{}, distribution::TruncatedNormal{});
}

TEST_CASE("weights are their seed's, and a tied head is multiplied", "[finite]") {
  const auto network = small_language();
  const auto one = draw_weights(network, Stream(4)), same = draw_weights(network, Stream(4)),
             other = draw_weights(network, Stream(5));
  CHECK(one.tensor("block2.Q") == same.tensor("block2.Q"));
  CHECK(one.tensor("block2.Q") != other.tensor("block2.Q"));
  CHECK(one.tensor("block2.Q") != one.tensor("block2.K"));
  CHECK(one.tensor("block2.Q") != one.tensor("block4.Q"));
  CHECK(one.output_multiplier == Approx(1 / std::sqrt(32.0)));
  CHECK(draw_weights(network, Stream(4), MaximalUpdate{}).output_multiplier == Approx(1.0 / 32));
  CHECK(one.tensor("PE").rows() == 6);
  CHECK(one.tensor("PE").cols() == 32);
  CHECK_THROWS_WITH(one.tensor("Q"), "the network has no parameters \"Q\"");
}

TEST_CASE("weights that are drawn into the memory of others are the same", "[finite]") {
  const auto network = small_language();
  SpareWeights<double> spare;
  CHECK(spare.take().tensors.empty());
  spare.give(draw_weights(small_vision(), Stream(1)));
  const auto fresh = draw_weights(network, Stream(4)),
             reused = draw_weights(network, Stream(4), NeuralTangent{}, distribution::Normal{}, spare.take());
  CHECK(reused.names == fresh.names);
  CHECK(reused.tensors == fresh.tensors);
  CHECK(reused.output_multiplier == fresh.output_multiplier);
  CHECK(spare.take().tensors.empty());
}
