// SPDX-License-Identifier: MIT
// One step of training moves the outputs by order one at every width, with planned learning rates alone.
#include "widthwise/finite/update.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

auto vision(Index width) {
  const LayerNorm norm{1e-3};
  return Transformer{
      Sizes{width, 8}, PatchStem{.coefficients = {.patch = 1, .position = 0.3}, .inputs = 5, .tokens = 3},
      chain(Residual{norm, SelfAttention{{.query = 1.2, .key = 0.8, .value = 1.1, .output = 0.7}}},
            Residual{norm, Mlp{Gelu{}, MlpCoefficients{.input = 1.2, .output = 1.1}, 2}}),
      LinearHead{.coefficients = {.weight = 1.2}, .outputs = 4, .norm = norm}};
}

// The power of the width in every group's change of the outputs.
template <class S, class O>
std::vector<std::pair<std::string, PowerLaw>> exponents(const S& strategy, const O& optimizer) {
  const std::vector<double> widths{64, 128, 256, 512};
  std::vector<std::vector<UpdateSize>> measured;
  for (const double width : widths)
    measured.push_back(measure_updates(vision(static_cast<Index>(width)), small_patches(), strategy,
                                       optimizer, {.networks = static_cast<Index>(6400 / width), .seed = 4}));
  std::vector<std::pair<std::string, PowerLaw>> found;
  for (std::size_t g = 0; g < measured[0].size(); ++g) {
    std::vector<double> values, errors;
    for (const auto& at : measured) {
      values.push_back(at[g].change.value);
      errors.push_back(at[g].change.standard_error);
    }
    found.emplace_back(measured[0][g].name, power_law(widths, values, errors));
  }
  return found;
}

template <class O>
void check_planned(double s, const O& optimizer) {
  for (const auto& [name, law] : exponents(ScaleFamily(s), optimizer)) {
    CAPTURE(s, name, law.exponent, law.standard_error);
    CHECK(std::abs(law.exponent) < 0.05 + 2 * law.standard_error);
    CHECK(law.standard_error < 0.06);
  }
}

}  // namespace

TEST_CASE("planned steps move the outputs by order one at every width", "[finite]") {
  const double s = GENERATE(0.0, 0.5, 1.0);
  check_planned(s, Sgd{});
  check_planned(s, AdamW{});
}

TEST_CASE("uniform learning rates do not", "[finite]") {
  for (const auto& [name, law] : exponents(Uniform{}, Sgd{})) {
    CAPTURE(name, law.exponent);
    const bool grows = name.starts_with("block") || name == "head" || name == "all";
    CHECK(std::abs(law.exponent - (grows ? 1 : 0)) < 0.1);
  }
  for (const auto& [name, law] : exponents(Uniform{}, AdamW{})) {
    CAPTURE(name, law.exponent);
    CHECK(law.exponent > (name == "head_bias" ? -0.1 : 0.4));
  }
}

TEST_CASE("a step of SGD moves the outputs by what the tangent kernel says", "[finite]") {
  // One sample, so that Θ is a number. What the step does to outputs across e falls as 1/√n.
  const auto network = vision(512);
  const auto flow = propagate(network, small_patches(1), FlowOptions<>{.tolerance = 2e-3});
  const auto updates =
      measure_updates(network, small_patches(1), NeuralTangent{}, Sgd{}, {.networks = 16, .seed = 2});
  for (const UpdateSize& update : updates) {
    CAPTURE(update.name);
    const double theory =
        update.name == "all" ? flow.output_tangent.value(0, 0) : flow.share(update.name).value;
    // n = 512 and H = 8 leave corrections of some percent.
    CHECK(std::abs(update.change.value - theory) < 4 * update.change.standard_error + 0.05 * theory);
  }
}

TEST_CASE("steps of the two optimizers", "[finite]") {
  Matrix<double> tensor = Matrix<double>::Ones(1, 3), gradient(1, 3);
  gradient << 4, -1e-9, 0;
  auto other = tensor;
  first_step(Sgd{}, tensor, gradient, 0.5);
  CHECK(tensor == (Matrix<double>(1, 3) << -1, 1 + 0.5e-9, 1).finished());
  first_step(AdamW{}, other, gradient, 0.5);
  CHECK(other == (Matrix<double>(1, 3) << 0.5, 1.5, 1).finished());
  CHECK_THROWS_WITH(measure_updates(vision(64), small_patches(), Hybrid{}, Sgd{}, {.networks = 1}),
                    "networks is 1 but should be at least 2 for a standard error");
}
