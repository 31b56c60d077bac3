// SPDX-License-Identifier: MIT
// One step of training moves the outputs by order one at every width, with planned learning rates alone.
#include "widthwise/finite/update.hpp"

#include <functional>
#include <optional>

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/network/propagate.hpp"
#include "widthwise/scaling/everett.hpp"
#include "widthwise/scaling/spectral.hpp"

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

// Any strategy with its type erased, so that steps are compiled once for each optimizer.
template <class O>
struct AnyRule {
  using Rule = std::function<Monomial(const ParameterGroup&, const ModelGroups&)>;
  std::string words;
  Rule variance, before, rate;

  std::string_view name() const { return words; }
  static std::optional<double> s() { return std::nullopt; }
  static Monomial output_multiplier(const ModelGroups&) { return {}; }
  Monomial fan_in(const ParameterGroup& group, const ModelGroups& model) const {
    return variance(group, model);
  }
  Monomial multiplier(const ParameterGroup& group, const ModelGroups& model) const {
    return before(group, model);
  }
  Monomial learning_rate(const ParameterGroup& group, const ModelGroups& model, const O&) const {
    return rate(group, model);
  }
};

template <class O, class S>
AnyRule<O> any(const S& rule) {
  return {std::string(rule.name()),
          [=](const auto& group, const auto& model) { return rule.fan_in(group, model); },
          [=](const auto& group, const auto& model) { return detail::multiplier(rule, group, model); },
          [=](const auto& group, const auto& model) {
            return rule.learning_rate(group, model, O{});
          }};
}

template <class O>
void check_planned(const AnyRule<O>& rule) {
  for (const auto& [name, law] : exponents(rule, O{})) {
    CAPTURE(rule.name(), name, law.exponent, law.standard_error);
    CHECK(std::abs(law.exponent) < 0.05 + 2 * law.standard_error);
    CHECK(law.standard_error < 0.06);
  }
}

}  // namespace

TEST_CASE("planned steps move the outputs by order one at every width", "[finite]") {
  const double s = GENERATE(0.0, 0.5, 1.0);
  check_planned(any<Sgd>(ScaleFamily(s)));
  check_planned(any<AdamW>(ScaleFamily(s)));
}

TEST_CASE("one step of AdamW moves the outputs by order one under every strategy that says so", "[finite]") {
  using Form = Everett::Form;
  const AnyRule<AdamW> rule = GENERATE(any<AdamW>(Mup{}), any<AdamW>(MeanField{}), any<AdamW>(Spectral{}),
                                       any<AdamW>(Everett(Form::mup)), any<AdamW>(Everett(Form::mean_field)));
  check_planned(rule);
}

// Everett et al. take heads of order 1/√n not to be aligned with what moves in front of them. In the first
// step they are.
TEST_CASE("under Everett's standard and NTK forms outputs move by the root of the width", "[finite]") {
  using Form = Everett::Form;
  const AnyRule<AdamW> rule = GENERATE(any<AdamW>(Everett(Form::standard)), any<AdamW>(Everett(Form::ntk)));
  for (const auto& [name, law] : exponents(rule, AdamW{})) {
    CAPTURE(rule.name(), name, law.exponent, law.standard_error);
    const bool head = name == "head" || name == "head_bias";
    CHECK(std::abs(law.exponent - (head ? 0 : 0.5)) < 0.05 + 2 * law.standard_error);
  }
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
