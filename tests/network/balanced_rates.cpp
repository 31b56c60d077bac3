// SPDX-License-Identifier: MIT
#include "widthwise/network/balanced_rates.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// The sum over blocks of a group's share in the mean diagonal of the output's tangent kernel.
double tangent(const Flow<double>& flow, const std::string& name) {
  double sum = 0;
  for (const auto& group : flow.groups)
    if (group.name == name || group.name.ends_with("." + name)) sum += group.tangent.value;
  return sum;
}

double whole(const Flow<double>& flow) {
  return flow.output_tangent.value.diagonal().mean();
}

// One round of the same draws in both flows, so that they agree to rounding.
FlowOptions<> rough() {
  FlowOptions<> options;
  options.tolerance = 1;
  return options;
}

}  // namespace

TEST_CASE("a flow with the balanced rates has the shares that were asked for", "[network]") {
  const auto uneven = small_vision(Pool::mean, {{"Q", 0.3}, {"W", 5}, {"head_bias", 0}});
  const auto flow = propagate(uneven, small_patches(), rough());
  REQUIRE(flow.draws > 0);

  const auto check = [&](const Shares& shares, const std::vector<std::string>& names) {
    const auto balance = balanced_rates(flow, uneven, shares);
    REQUIRE(balance.groups.size() == names.size());
    const auto again = propagate(small_vision(Pool::mean, balance.learning_rates), small_patches(), rough());
    REQUIRE(again.draws == flow.draws);
    CHECK(whole(again) == Approx(whole(flow)).epsilon(1e-12));
    double parts = 0, sum = 0;
    for (const auto& name : names) parts += shares.empty() ? 1 : shares.at(name), sum += tangent(flow, name);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& group = balance.groups[i];
      CAPTURE(names[i]);
      CHECK(group.name == names[i]);
      const double part = (shares.empty() ? 1 : shares.at(names[i])) / parts;
      CHECK(tangent(again, names[i]) == Approx(part * sum).epsilon(1e-11));
      CHECK(group.share == Approx(tangent(again, names[i]) / whole(again)).epsilon(1e-11));
      CHECK(group.former_share == Approx(tangent(flow, names[i]) / whole(flow)).epsilon(1e-11));
      CHECK(group.former_rate == uneven.learning_rate(names[i]));
      CHECK(group.rate.value == balance.learning_rates.at(names[i]));
    }
    for (const auto& group : flow.groups) {  // what was not chosen stays
      const std::string name = group.name.substr(group.name.find('.') + 1);
      if (std::find(names.begin(), names.end(), name) == names.end())
        CHECK(again.share(group.name).value == Approx(group.tangent.value).epsilon(1e-11));
    }
  };
  check({}, {"patch", "cls", "PE", "Q", "K", "V", "U", "W", "X", "head"});  // the frozen bias is left alone
  check({{"Q", 1}, {"head", 3}, {"X", 2}}, {"Q", "X", "head"});
  check({{"head_bias", 0.5}, {"W", 0.5}}, {"W", "head_bias"});
  check({{"K", 0}, {"V", 1}}, {"K", "V"});
}

TEST_CASE("balancing twice changes nothing, and a tied embedding is one group", "[network]") {
  const auto flow = propagate(small_language(), small_tokens(), rough());
  const auto balance = balanced_rates(flow, small_language());
  REQUIRE(balance.groups.size() == 8);
  CHECK(balance.groups.front().name == "WE");
  for (const auto& group : balance.groups) CHECK(group.share == Approx(1.0 / 8).epsilon(1e-12));
  const auto balanced = small_language(balance.learning_rates);
  const auto again = balanced_rates(propagate(balanced, small_tokens(), rough()), balanced);
  for (std::size_t i = 0; i < 8; ++i)
    CHECK(again.groups[i].rate.value == Approx(balance.groups[i].rate.value).epsilon(1e-11));
}

TEST_CASE("the standard error of a balanced rate covers what other draws give", "[network]") {
  FlowOptions<> options;
  options.tolerance = 0.03;
  const auto exact =
      balanced_rates(propagate(small_vision(), small_patches(), FlowOptions<>{.tolerance = 2e-3, .seed = 99}),
                     small_vision());
  int outside = 0, all = 0;
  for (options.seed = 0; options.seed < 20; ++options.seed) {
    const auto balance = balanced_rates(propagate(small_vision(), small_patches(), options), small_vision());
    for (std::size_t i = 0; i < balance.groups.size(); ++i, ++all)
      outside += std::abs(balance.groups[i].rate.value - exact.groups[i].rate.value) >
                 3 * (balance.groups[i].rate.standard_error + exact.groups[i].rate.standard_error) + 1e-12;
  }
  CHECK(outside <= all / 100);
}

TEST_CASE("shares that no rate gives are refused", "[network]") {
  const auto network = small_vision();
  const auto flow = propagate(network, small_patches(), rough());
  CHECK_THROWS_WITH(balanced_rates(flow, network, {{"Z", 1}}),
                    "the network has no group Z that could have a share");
  CHECK_THROWS_WITH(balanced_rates(flow, network, {{"Q", -1}}),
                    "the share of Q must be a number that is not negative, but is -1");
  CHECK_THROWS_WITH(balanced_rates(flow, network, {{"Q", 0}}),
                    "the chosen groups have nothing to share: all their shares are zero");
  CHECK_THROWS_WITH(
      balanced_rates(flow, small_vision(Pool::mean, {{"Q", 0}, {"K", 0}}), {{"Q", 1}, {"K", 1}}),
      "the chosen groups have nothing to share: all their learning rates are zero");
  CHECK_THROWS_WITH(balanced_rates(flow, small_language()),
                    ContainsSubstring("so it is not that of the network"));

  // A single token attends to itself alone, whatever queries and keys are.
  const auto one = [] {
    auto language = small_language();
    return std::pair(propagate(language, TokenIds{{1, 1}, {3}}, rough()), language);
  }();
  CHECK_THROWS_WITH(balanced_rates(one.first, one.second),
                    "Q contributes nothing to the output's tangent kernel on this input, so no learning rate "
                    "gives it a share");
  CHECK_NOTHROW(balanced_rates(one.first, one.second, {{"V", 1}, {"U", 1}}));
}
