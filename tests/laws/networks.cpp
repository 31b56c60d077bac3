// SPDX-License-Identifier: MIT
// Laws of a flow through a whole network, replicate by replicate, so that they hold to rounding.
#include <map>

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "support/rounding.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// The mean over whole attention matrices is semidefinite draw by draw; that over pairs of rows in the limit
// only.
template <class Engine>
constexpr double indefinite = std::is_same_v<Engine, MatrixNormal> ? 1e-12 : 0.02;

template <class Engine, class Network, class Input>
void check_laws_of(const Network& network, const Input& input, const Mask& mask) {
  const double rounding = rounding_of<Engine>(mask);
  const auto flow = detail::flow_once<double>(network, detail::embed<double>(network.stem, input), Engine(16),
                                              Stream(3), false, {});
  const double total = flow.output_tangent.diagonal().mean();

  // ⟨B', Θ'⟩ = ⟨B, Θ⟩ + ⟨B', additive⟩ at every block: what later groups add is the rest of the output's
  // diagonal.
  std::map<std::string, double> shares;
  for (const auto& share : flow.shares) shares[share.group] = share.value;
  double below = total;
  for (std::size_t i = flow.blocks.size() - 1; i > 0; --i) {
    CAPTURE(i);
    const auto& block = flow.blocks[i];
    CHECK(inner(block.backward, block.tangent) == Approx(below).epsilon(rounding));
    const std::string prefix = "block" + std::to_string(i + 1) + ".";
    for (const auto& [group, share] : shares)
      if (group.rfind(prefix, 0) == 0) below -= network.learning_rate(group.substr(prefix.size())) * share;
    if (i + 1 == flow.blocks.size())
      for (const std::string group : {"head", "head_bias"})
        if (shares.count(group)) below -= network.learning_rate(group) * shares[group];
  }

  double sum = 0;
  for (const auto& [group, share] : shares) {
    CAPTURE(group);
    CHECK(share >= 0);
    const auto dot = group.rfind('.');
    sum += network.learning_rate(dot == std::string::npos ? group : group.substr(dot + 1)) * share;
  }
  CHECK(sum == Approx(total).epsilon(rounding));
  for (const auto& block : flow.blocks) {
    CHECK(asymmetry(block.forward) == 0);
    CHECK(asymmetry(block.tangent) == 0);
    CHECK(asymmetry(block.backward) < 1e-15);
    CHECK(least_eigenvalue(block.forward) > -indefinite<Engine> * block.forward.norm());
    CHECK(least_eigenvalue(block.tangent) > -indefinite<Engine> * block.tangent.norm());
    CHECK(least_eigenvalue(block.backward) > -indefinite<Engine> * block.backward.norm());
  }
}

template <class Network, class Input>
void check_laws(const Network& network, const Input& input, const Mask& mask) {
  check_laws_of<MatrixNormal>(network, input, mask);
  check_laws_of<RowPair>(network, input, mask);
  check_laws_of<RowPairIn<double>>(network, input, mask);
}

}  // namespace

TEST_CASE("cotangents and tangents pair to the same number at every block; shares add up", "[laws]") {
  const Pool pool = GENERATE(Pool::none, Pool::mean, Pool::class_token);
  check_laws(small_vision(pool), small_patches(), Mask::none());
  check_laws(small_vision(pool, {{"Q", 2}, {"PE", 0.5}, {"X", 0}, {"head", 3}}, Mask::causal()),
             small_patches(3), Mask::causal());
}

TEST_CASE("a learning rate scales its own share alone", "[laws]") {
  const auto input = small_patches();
  FlowOptions<> options;
  options.tolerance = 0.05;
  options.seed = 4;
  const auto plain = propagate(small_vision(), input, options);
  for (const std::string name : {"patch", "cls", "PE", "Q", "K", "V", "U", "W", "X", "head", "head_bias"}) {
    CAPTURE(name);
    options.max_draws = plain.draws * plain.replicates;  // the same draws, whatever Θ's error
    options.tolerance = 1e-9;
    const auto scaled = propagate(small_vision(Pool::mean, {{name, 3}}), input, options);
    REQUIRE(scaled.groups.size() == plain.groups.size());
    for (std::size_t i = 0; i < plain.groups.size(); ++i) {
      const std::string& group = plain.groups[i].name;
      CAPTURE(group);
      const bool mine = group == name || group.ends_with("." + name);
      CHECK(scaled.groups[i].tangent.value ==
            Approx((mine ? 3 : 1) * plain.groups[i].tangent.value).epsilon(1e-11));
      CHECK(scaled.groups[i].squared_gradient.value ==
            Approx(plain.groups[i].squared_gradient.value).epsilon(1e-11));
    }
  }
}

TEST_CASE("tokens may be permuted where attention is not masked", "[laws]") {
  // A network without positional embedding differences between permuted rows: permuting patches permutes
  // kernels.
  FlowOptions<> options;
  options.tolerance = 5e-3;
  const auto input = small_patches();
  Patches<double> permuted = input;
  for (Index a = 0; a < 2; ++a) {
    permuted.values.row(3 * a) = input.values.row(3 * a + 2);
    permuted.values.row(3 * a + 1) = input.values.row(3 * a);
    permuted.values.row(3 * a + 2) = input.values.row(3 * a + 1);
  }
  const auto flow = propagate(small_vision(), input, options);
  options.seed = 77;
  const auto other = propagate(small_vision(), permuted, options);
  const double error = std::hypot(flow.output_tangent.standard_error.maxCoeff(),
                                  other.output_tangent.standard_error.maxCoeff());
  CHECK((flow.output_tangent.value - other.output_tangent.value).cwiseAbs().maxCoeff() < 4 * error);
  const double forward_error = std::hypot(flow.output_forward.standard_error.maxCoeff(),
                                          other.output_forward.standard_error.maxCoeff());
  CHECK((flow.output_forward.value - other.output_forward.value).cwiseAbs().maxCoeff() < 4 * forward_error);
}
