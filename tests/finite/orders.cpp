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

// A language model with one of its sizes as given.
template <class Head>
auto language(const std::string& symbol, double size, Head head) {
  const LayerNorm norm{1e-3};
  const auto whole = static_cast<Index>(size);
  Mlp<Gelu> mlp;
  mlp.coefficients = {.input = 1.2, .output = 1.1};
  mlp.multiplier = symbol == "M" ? size : 2;
  if constexpr (!Head::tied)
    if (symbol == "n_out") head.outputs = whole;
  return Transformer{
      Sizes{symbol == "n" ? whole : 64, 8},
      TokenStem{.coefficients = {.embedding = 1, .position = 0.3},
                .vocabulary = symbol == "n_vocab" ? whole : 20,
                .tokens = 3},
      chain(Residual{norm,
                     SelfAttention{{.query = 1.2, .key = 0.8, .value = 1.1, .output = 0.7}, Mask::causal()}},
            Residual{norm, mlp}),
      head};
}

template <class Head>
std::vector<MeasuredOrder> language_orders(const std::string& symbol, const std::vector<double>& sizes,
                                           const Head& head) {
  const TokenIds tokens{{1, 3}, {5, 2, 5}};
  std::vector<std::vector<GradientSize>> measured;
  for (const double size : sizes) {
    const auto network = language(symbol, size, head);
    measured.push_back(measure_gradients(
        network, tokens, {.networks = 96000 / network.sizes.width, .seed = 7 + measured.size()}));
  }
  return fit_orders(symbol, sizes, measured);
}

}  // namespace

TEST_CASE("gradients of a vision model grow with every size as stated", "[finite]") {
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

TEST_CASE("gradients of language models grow with every size as stated", "[finite]") {
  const auto [symbol, sizes] =
      GENERATE(table<std::string, std::vector<double>>({{"n", {64, 128, 256, 512}},
                                                        {"M", {1, 2, 4, 8, 16}},
                                                        {"n_vocab", {8, 32, 128, 512}},
                                                        {"n_out", {1, 4, 16, 64}}}));
  CAPTURE(symbol);
  const LayerNorm norm{1e-3};
  // A tied head has as many outputs as the vocabulary has items.
  for (const bool tied : {false, true}) {
    if (tied && symbol == "n_out") continue;
    CAPTURE(tied);
    const auto orders = tied ? language_orders(symbol, sizes, TiedHead{.pool = Pool::mean, .norm = norm})
                             : language_orders(symbol, sizes, LinearHead{.outputs = 4, .norm = norm});
    CHECK(orders.size() == (tied ? 8 : 10));
    for (const MeasuredOrder& order : orders) {
      CAPTURE(order.name, order.squared_gradient.exponent, order.stated_squared_gradient,
              order.per_parameter.exponent, order.stated_per_parameter, order.standard_error());
      CHECK(order.standard_error() < 0.02);
      CHECK(order.discrepancy() < 0.05);
    }
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
