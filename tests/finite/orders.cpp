// SPDX-License-Identifier: MIT
// The test that a new block must pass: its gradients grow with every size as its groups state.
#include "widthwise/finite/orders.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// An MLP that states the order of X as n, forgetting M.
struct MisstatedMlp : Mlp<Gelu> {
  std::vector<ParameterGroup> groups(const Sizes& sizes) const {
    auto groups = Mlp<Gelu>::groups(sizes);
    groups[1].order = sizes.n();
    return groups;
  }
};

template <class MlpType = Mlp<Gelu>>
auto vision(Index width, double multiplier, Index inputs, Index outputs) {
  const LayerNorm norm{1e-3};
  MlpType mlp;
  mlp.coefficients = {.input = 1.2, .output = 1.1};
  mlp.multiplier = multiplier;
  return Transformer{
      Sizes{width, 8},
      PatchStem{
          .coefficients = {.patch = 1, .position = 0.3, .class_token = 0.8}, .inputs = inputs, .tokens = 3},
      chain(Residual{norm, SelfAttention{{.query = 1.2, .key = 0.8, .value = 1.1, .output = 0.7}}},
            Residual{norm, mlp}),
      LinearHead{.coefficients = {.weight = 1.2}, .outputs = outputs, .norm = norm}};
}

// Four numbers over and over, so that x·x'/n_patch does not change with n_patch.
Patches<double> patches(Index inputs) {
  return {{1, 3}, normal_matrix(3, 4, 5).replicate(1, inputs / 4)};
}

template <class MlpType = Mlp<Gelu>>
std::vector<MeasuredOrder> vision_orders(const std::string& symbol, const std::vector<double>& sizes,
                                         Index networks) {
  std::vector<std::vector<GradientSize>> measured;
  for (const double size : sizes) {
    const auto whole = static_cast<Index>(size);
    const Index width = symbol == "n" ? whole : 64, inputs = symbol == "n_patch" ? whole : 8,
                outputs = symbol == "n_out" ? whole : 4;
    measured.push_back(measure_gradients(vision<MlpType>(width, symbol == "M" ? size : 2, inputs, outputs),
                                         patches(inputs),
                                         {.networks = networks * 64 / width, .seed = 7 + measured.size()}));
  }
  return fit_orders(symbol, sizes, measured);
}

}  // namespace

TEST_CASE("gradients of all groups grow with every size as stated", "[finite]") {
  const auto [symbol, sizes] =
      GENERATE(table<std::string, std::vector<double>>({{"n", {64, 128, 256, 512}},
                                                        {"M", {1, 2, 4, 8, 16}},
                                                        {"n_patch", {4, 16, 64, 256}},
                                                        {"n_out", {1, 4, 16, 64}}}));
  CAPTURE(symbol);
  const auto orders = vision_orders(symbol, sizes, symbol == "n" ? 1500 : 1000);
  CHECK(orders.size() == 11);
  for (const MeasuredOrder& order : orders) {
    CAPTURE(order.name, order.squared_gradient.exponent, order.stated_squared_gradient,
            order.per_parameter.exponent, order.stated_per_parameter);
    CHECK(order.standard_error() < 0.02);
    CHECK(order.discrepancy() < 0.05);
  }
}

TEST_CASE("gradients of a tied language model grow with the width as stated", "[finite]") {
  std::vector<std::vector<GradientSize>> measured;
  const std::vector<double> sizes{64, 128, 256, 512};
  for (const double size : sizes) {
    auto network = small_language();
    network.sizes = {static_cast<Index>(size), 8};
    network.head.pool = Pool::mean;
    measured.push_back(measure_gradients(
        network, small_tokens(), {.networks = 48000 / network.sizes.width, .seed = 7 + measured.size()}));
  }
  for (const MeasuredOrder& order : fit_orders("n", sizes, measured)) {
    CAPTURE(order.name, order.squared_gradient.exponent, order.stated_squared_gradient,
            order.per_parameter.exponent, order.stated_per_parameter);
    CHECK(order.standard_error() < 0.03);
    CHECK(order.discrepancy() < 0.05);
  }
}

TEST_CASE("a group that states a wrong order is caught, and no other", "[finite]") {
  for (const MeasuredOrder& order : vision_orders<MisstatedMlp>("M", {1, 2, 4, 8, 16}, 300)) {
    CAPTURE(order.name, order.discrepancy());
    if (order.name == "block3.X")
      CHECK(order.discrepancy() > 0.5);
    else
      CHECK(order.discrepancy() < 0.05 + 2 * order.standard_error());
  }
}

TEST_CASE("orders refuse what does not fit together", "[finite]") {
  CHECK_THROWS_WITH(fit_orders("n", {1, 2}, {}), "orders: there are 0 measurements for 2 sizes");
  CHECK_THROWS_WITH(measure_gradients(vision(64, 2, 8, 4), patches(8), {.networks = 1}),
                    "networks is 1 but should be at least 2 for a standard error");
}
