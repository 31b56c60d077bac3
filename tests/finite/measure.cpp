// SPDX-License-Identifier: MIT
// Theory against networks: every kernel and every group, extrapolated to infinite width, within four
// standard errors; and the errors fall as 1/n.
#include "widthwise/finite/measure.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/finite/encoder_decoder.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/finite/gradient.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

using Kernel = Estimate<Matrix<double>>;

Kernel as_kernel(const Estimate<double>& number) {
  return {Matrix<double>::Constant(1, 1, number.value),
          Matrix<double>::Constant(1, 1, number.standard_error)};
}

// The worst entry's distance in joint standard errors, with room for rounding.
double deviations(const Kernel& found, const Kernel& expected) {
  const auto error =
      (found.standard_error.array().square() + expected.standard_error.array().square()).sqrt();
  return ((found.value - expected.value).array().abs() /
          (error + 1e-10 * expected.value.cwiseAbs().maxCoeff() + 1e-14))
      .maxCoeff();
}

// Whatever is measured: name, theory, and how to find it in a measurement.
struct Quantity {
  std::string name;
  Kernel theory;
  std::function<Kernel(const Measurement<double>&)> measured;
};

std::vector<Quantity> quantities(const Flow<double>& flow) {
  std::vector<Quantity> all;
  // Layer norm as a block of its own leaves no mean over channels; branches add theirs.
  Matrix<double> diagonal, errors;
  for (std::size_t i = 0; i < flow.blocks.size(); ++i) {
    const auto& block = flow.blocks[i];
    if (block.kind == "stem" || block.kind == "norm") {
      const double left = block.kind == "norm" ? 0 : 1;
      diagonal = left * block.forward.value.diagonal();
      errors = left * block.forward.standard_error.diagonal();
    } else {
      diagonal += block.forward.value.diagonal() - flow.blocks[i - 1].forward.value.diagonal();
      errors = block.forward.standard_error.diagonal();
    }
    const std::string at = "block " + std::to_string(i + 1) + " ";
    all.push_back({at + "G", block.forward, [i](const auto& m) {
                     return m.blocks[i].forward;
                   }});
    all.push_back({at + "F", block.normalized, [i](const auto& m) {
                     return m.blocks[i].normalized;
                   }});
    if (i + 1 == flow.blocks.size()) continue;
    all.push_back({at + "B", block.backward, [i](const auto& m) {
                     return m.blocks[i].backward;
                   }});
    // The square of a normal scatters by √2 of its mean. A few networks' own scatter follows their mean, so
    // that a fit weighted by it believes the low ones.
    all.push_back(
        {at + "n mean²", {diagonal, errors}, [i, diagonal](const auto& m) -> Kernel {
           return {m.blocks[i].squared_mean.value, diagonal * std::sqrt(2 / static_cast<double>(m.networks))};
         }});
  }
  all.push_back({"output G", flow.output_forward, [](const auto& m) {
                   return m.output_forward;
                 }});
  all.push_back({"output Θ", flow.output_tangent, [](const auto& m) {
                   return m.output_tangent;
                 }});
  for (const auto& group : flow.groups) {
    const std::string name = group.name;
    all.push_back({name + " tangent", as_kernel(group.tangent), [name](const auto& m) {
                     return as_kernel(m.group(name).tangent);
                   }});
  }
  return all;
}

template <class Network, class Input>
std::vector<Measurement<double>> measure_grid(Network network, const Input& input,
                                              const std::vector<Sizes>& grid, Index networks_times_width) {
  std::vector<Measurement<double>> measured;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    network.sizes = grid[i];
    measured.push_back(measure(
        network, input, {.networks = networks_times_width / grid[i].width, .seed = 20 + i, .outputs = 4}));
  }
  return measured;
}

template <class Network, class Input>
void check_limit(const Network& network, const Input& input, const std::vector<Sizes>& grid,
                 Index networks_times_width, double error) {
  const auto flow = propagate(network, input, FlowOptions<>{.tolerance = 2e-3, .seed = 1});
  const auto measured = measure_grid(network, input, grid, networks_times_width);
  for (const Quantity& quantity : quantities(flow)) {
    CAPTURE(quantity.name);
    std::vector<Kernel> kernels;
    for (const auto& m : measured) kernels.push_back(quantity.measured(m));
    const Kernel limit = extrapolated(grid, kernels);
    CHECK(deviations(limit, quantity.theory) < 4);
    if (quantity.name.ends_with("tangent") || quantity.name.ends_with("F") || quantity.name == "output Θ")
      CHECK(relative_error(limit) < error);
  }
}

auto mlps() {
  const LayerNorm norm{1e-3};
  const Residual block{norm, Mlp{Gelu{}, MlpCoefficients{.input = 1.5, .output = 1.2}, 2}};
  return Transformer{Sizes{64, 1},
                     PatchStem{.coefficients = {.patch = 1, .position = 0.3}, .inputs = 5, .tokens = 3},
                     repeat(3, chain(block)), LinearHead{.outputs = 4, .norm = norm}};
}

const std::vector<Sizes> attention_grid{{64, 4},   {64, 8},  {128, 4},  {128, 8},
                                        {128, 16}, {256, 8}, {256, 16}, {512, 16}};

}  // namespace

TEST_CASE("every kernel and group agrees with networks of many widths", "[finite]") {
  SECTION("vision, mean pooled") {
    check_limit(small_vision(), small_patches(), attention_grid, 25600, 0.035);
  }
  SECTION("vision, class token, causal") {
    check_limit(small_vision(Pool::class_token, {{"Q", 2}, {"PE", 0.5}}, Mask::causal()), small_patches(),
                attention_grid, 25600, 0.05);
  }
  SECTION("language, tied head") {
    check_limit(small_language(), small_tokens(), attention_grid, 25600, 0.05);
  }
  SECTION("encoder–decoder, tied head") {
    check_limit(small_encoder_decoder(1), small_pair(), attention_grid, 25600, 0.05);
  }
}

TEST_CASE("every kernel and group agrees with networks of many widths, closely", "[.slow]") {
  SECTION("vision, mean pooled") {
    check_limit(small_vision(), small_patches(), attention_grid, 256000, 0.012);
  }
  SECTION("language, tied head") {
    check_limit(small_language(), small_tokens(), attention_grid, 256000, 0.015);
  }
  SECTION("encoder–decoder of 2 + 2 layers") {
    check_limit(small_encoder_decoder(), small_pair(), attention_grid, 128000, 0.03);
  }
}

TEST_CASE("without attention, the error falls as 1/n", "[finite]") {
  const std::vector<Sizes> grid{{32, 1}, {64, 1}, {128, 1}, {256, 1}};
  check_limit(mlps(), small_patches(), grid, 32000, 0.02);

  const auto flow = propagate(mlps(), small_patches());
  const auto measured = measure_grid(mlps(), small_patches(), grid, 128000);
  std::vector<double> widths, bias, errors;
  for (const auto& m : measured) {
    double theory = 0, found = 0, square = 0;
    for (const auto& group : flow.groups) {
      const auto& mine = m.group(group.name).tangent;
      theory += group.tangent.value;
      found += mine.value;
      square += mine.standard_error;  // they are far from independent, so the errors add up at most
    }
    widths.push_back(static_cast<double>(grid[widths.size()].width));
    bias.push_back(found / theory - 1);
    errors.push_back(square / theory);
  }
  const PowerLaw law = power_law(widths, bias, errors);
  CAPTURE(bias, errors);
  CAPTURE(law.exponent, law.standard_error);
  CHECK(law.standard_error < 0.3);
  CHECK(std::abs(law.exponent + 1) < 2 * law.standard_error);
}

// A part of order 1/H stays however wide the network is, so that the error itself has no slope: fitted are
// the limit at these heads, and the power of n in which it is approached.
TEST_CASE("at a fixed number of heads, the limit is approached as 1/n", "[.slow]") {
  const LayerNorm norm{1e-3};
  Transformer network{
      Sizes{64, 4}, PatchStem{.coefficients = {.patch = 1, .position = 0.3}, .inputs = 5, .tokens = 3},
      chain(Residual{norm, SelfAttention{{.query = 1, .key = 1, .value = 1.2, .output = 1.3}}},
            Residual{norm, Mlp{Gelu{}, MlpCoefficients{}, 2}}),
      LinearHead{.outputs = 8, .norm = norm}};
  const std::vector<Sizes> grid{{32, 4}, {64, 4}, {128, 4}, {256, 4}, {512, 4}};
  const auto measured = measure_grid(network, small_patches(1), grid, 2560000);
  Vector<double> values(5), errors(5);
  for (Index i = 0; i < 5; ++i) {
    const auto& tangent = measured[static_cast<std::size_t>(i)].output_tangent;
    values(i) = tangent.value.diagonal().mean();
    errors(i) = tangent.standard_error.diagonal().mean();  // the entries' errors add up at most
  }
  const auto fit = [&](double power) {
    Matrix<double> basis(5, 2);
    for (Index i = 0; i < 5; ++i) basis.row(i) << 1, std::pow(grid[static_cast<std::size_t>(i)].width, power);
    return weighted_fit(basis, values, errors);
  };
  double best = 0, least = std::numeric_limits<double>::max();
  for (double power = -3; power < -0.1; power += 0.01)
    if (const double chi_squared = fit(power).chi_squared; chi_squared < least) {
      best = power;
      least = chi_squared;
    }
  double worst_within = 0;  // of the powers whose χ² is larger by at most one: one standard error
  for (double power = -3; power < -0.1; power += 0.01)
    if (fit(power).chi_squared < least + 1) worst_within = std::max(worst_within, std::abs(power - best));
  CAPTURE(best, worst_within, least);
  CHECK(worst_within < 0.35);
  CHECK(std::abs(best + 1) < 2 * worst_within);
  const WeightedFit law = fit(-1);
  CHECK(law.chi_squared < 12);                              // 3 degrees of freedom, 99 %
  CHECK(law.coefficients(1) > 5 * law.standard_errors(1));  // there is something that falls
}

TEST_CASE("logits become Gaussian as heads get wider", "[finite]") {
  auto network = small_vision();
  const auto input = small_patches();
  const auto flow = propagate(network, input, FlowOptions<>{.tolerance = 2e-3, .seed = 1});
  std::vector<double> channels, kurtosis, errors;
  for (const Index c : {4, 8, 16, 32}) {
    network.sizes = {8 * c, 8};
    const auto measured =
        measure(network, input, {.networks = 4096 / c, .seed = 3, .outputs = 1, .logits = true});
    REQUIRE(measured.logits.size() == 2);
    CHECK(measured.logits[0].block == 2);
    CHECK(measured.logits[1].block == 4);
    channels.push_back(static_cast<double>(c));
    kurtosis.push_back(measured.logits[0].excess_kurtosis.value);
    errors.push_back(measured.logits[0].excess_kurtosis.standard_error);
    if (c < 32) continue;
    const double variances[] = {0.9 * 1.3, 1.4 * 0.6};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& normalized = flow.blocks[2 * i + 1].normalized;
      const Matrix<double> theory = logit_covariance(normalized.value, measured.layout, variances[i]);
      // Corrections at n = 256 are a few parts in a thousand, far within the scatter.
      CHECK(deviations(measured.logits[i].covariance, {theory, 0 * theory}) < 4.5);
      CHECK(relative_error(measured.logits[i].covariance) < 0.1);
    }
  }
  // The kurtosis of q·k with C independent channels each is 6/C.
  for (std::size_t i = 0; i < 4; ++i) CHECK(std::abs(kurtosis[i] - 6 / channels[i]) < 4 * errors[i]);
  const PowerLaw law = power_law(channels, kurtosis, errors);
  CHECK(law.standard_error < 0.25);
  CHECK(std::abs(law.exponent + 1) < 3 * law.standard_error);
}

TEST_CASE("products of gradients are those of gradients", "[finite]") {
  const auto check = [](const auto& network, const auto& input, const std::vector<Index>& outputs) {
    const auto weights = draw_weights(network, Stream(3));
    const FiniteRun run(network, weights, input, outputs), all(network, weights, input);
    const auto products = gradient_products(run, weights);
    const Index rows = run.pooling().rows();
    for (std::size_t g = 0; g < weights.tensors.size(); ++g) {
      CAPTURE(weights.names[g]);
      Matrix<double> expected = Matrix<double>::Zero(rows, rows);
      for (const Index output : outputs) {
        std::vector<Matrix<double>> gradients;
        for (Index r = 0; r < rows; ++r) {
          Matrix<double> cotangent = Matrix<double>::Zero(rows, all.head().output().cols());
          cotangent(r, output) = 1;
          gradients.push_back(gradient(all, weights, cotangent)[g]);
        }
        for (Index i = 0; i < rows; ++i)
          for (Index j = 0; j < rows; ++j)
            expected(i, j) +=
                inner(gradients[static_cast<std::size_t>(i)], gradients[static_cast<std::size_t>(j)]) /
                static_cast<double>(outputs.size());
      }
      CHECK(distance(products.groups[g], expected) < 1e-12);
    }
  };
  check(small_vision(Pool::none), small_patches(), {0, 3});
  check(small_vision(Pool::mean, {}, Mask::causal()), small_patches(3), {2});
  check(small_vision(Pool::class_token), small_patches(), {5});
  check(small_language(), small_tokens(), {0, 9});  // items that the input does not hold
  check(small_encoder_decoder(1), small_pair(), {0, 9});
}

TEST_CASE("a measurement is its seed's, whatever the number of threads", "[finite]") {
  const auto one = measure(small_vision(), small_patches(), {.networks = 5, .seed = 1, .threads = 1}),
             two = measure(small_vision(), small_patches(), {.networks = 5, .seed = 1, .threads = 3}),
             other = measure(small_vision(), small_patches(), {.networks = 5, .seed = 2});
  CHECK(one.output_tangent.value == two.output_tangent.value);
  CHECK(one.output_tangent.standard_error == two.output_tangent.standard_error);
  CHECK(one.output_tangent.value != other.output_tangent.value);
  CHECK(one.networks == 5);

  // Learning rates weigh the kernels, not the gradients.
  const auto frozen =
      measure(small_vision(Pool::mean, {{"Q", 0}, {"X", 3}}), small_patches(), {.networks = 5, .seed = 1});
  CHECK(frozen.group("block2.Q").tangent.value == 0);
  CHECK(frozen.group("block2.Q").squared_gradient.value == one.group("block2.Q").squared_gradient.value);
  CHECK(frozen.group("block3.X").tangent.value == Approx(3 * one.group("block3.X").tangent.value));
}

TEST_CASE("measurements refuse what makes no sense", "[finite]") {
  CHECK_THROWS_WITH(measure(small_vision(), small_patches(), {.networks = 1}),
                    "networks is 1 but should be at least 2 for a standard error");
  CHECK_THROWS_WITH(measure(small_vision(), small_patches(), {.outputs = 0}),
                    "outputs is 0 but should be at least 1");
  CHECK_THROWS_WITH(measure(small_language(), TokenIds{TokenLayout::of_lengths({2, 3}), {1, 2, 3, 4, 5}},
                            {.networks = 2, .logits = true}),
                    "logits are measured of samples of one length only");
  auto few = small_language();
  few.stem.vocabulary = 2;
  CHECK_THROWS_WITH(measure(few, TokenIds{{1, 2}, {0, 1}}),
                    ContainsSubstring("the input holds all 2 items of the vocabulary"));
  CHECK_THROWS_WITH(measure(small_vision(), small_patches()).group("Q"),
                    "nothing was measured of a group \"Q\"");
}
