// SPDX-License-Identifier: MIT
#include "widthwise/finite/gradient.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/finite/encoder_decoder.hpp"
#include "widthwise/network/model.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// Gradients along random directions against central differences of the output, weight by weight: right to
// the square of the step, and to rounding divided by it.
template <class Scalar, class Network, class Input>
void check_differences(const Network& network, const Input& input) {
  const auto weights = draw_weights<Scalar>(network, Stream(5));
  const FiniteRun run(network, weights, input);
  const auto cotangent = normal_matrix<Scalar>(run.outputs().rows(), run.outputs().cols(), 6);
  const auto found = gradient(run, weights, cotangent);
  const Scalar step = std::cbrt(std::numeric_limits<Scalar>::epsilon());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(weights.names[i]);
    REQUIRE(found[i].rows() == weights.tensors[i].rows());
    REQUIRE(found[i].cols() == weights.tensors[i].cols());
    const auto direction = normal_matrix<Scalar>(found[i].rows(), found[i].cols(), 7 + i);
    const auto value_at = [&](Scalar t) {
      auto moved = weights;
      moved.tensors[i] += t * direction;
      return inner(cotangent, FiniteRun(network, moved, input).outputs());
    };
    const Scalar difference = (value_at(step) - value_at(-step)) / (2 * step);
    CHECK(std::abs(difference - inner(found[i], direction)) <
          500 * step * step * found[i].norm() * direction.norm());
  }
}

// Smooth activations only: a kink is a jump of the derivative that differences step over.
auto smooth(Pool pool, Mask mask) {
  const LayerNorm norm{0.05};
  return Transformer{
      Sizes{12, 3},
      PatchStem{
          .coefficients = {.patch = 1.1, .position = 0.3, .class_token = 0.8}, .inputs = 5, .tokens = 3},
      chain(Residual{norm, SelfAttention{{.query = 2, .key = 3, .value = 1.1, .output = 0.7}, mask}},
            Residual{norm, Mlp{Gelu{}, MlpCoefficients{.input = 1.5, .output = 1.2}, 2}},
            Residual{norm, SelfAttention{{.query = 4, .key = 1, .value = 0.8, .output = 1.3}}},
            Residual{norm, Mlp{Tanh{}, MlpCoefficients{.input = 0.7, .output = 1.9}, 3}}),
      LinearHead{.coefficients = {.weight = 1.2}, .outputs = 4, .bias = true, .pool = pool, .norm = norm}};
}

Patches<long double> long_patches() {
  const auto patches = small_patches();
  return {patches.layout, patches.values.cast<long double>()};
}

}  // namespace

TEST_CASE("gradients of every parameter of an encoder–decoder agree with differences", "[finite]") {
  check_differences<double>(small_encoder_decoder(), small_pair());
}

TEST_CASE("gradients of every parameter agree with differences", "[finite]") {
  const Pool pool = GENERATE(Pool::none, Pool::mean, Pool::class_token);
  check_differences<double>(smooth(pool, Mask::none()), small_patches());
  check_differences<double>(smooth(pool, Mask::causal()), small_patches(1));
  check_differences<double>(small_language(), small_tokens());
  Mask::Visible visible(4, 4);
  visible << 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 1;
  check_differences<double>(smooth(pool, Mask::custom(visible)), small_patches());
}

TEST_CASE("gradients agree with differences in long double, kinks and all", "[finite]") {
  check_differences<long double>(smooth(Pool::mean, Mask::none()), long_patches());
  check_differences<long double>(small_vision(), long_patches());
  check_differences<long double>(small_language(), small_tokens());
}

TEST_CASE("a model of variants gives the same gradients as its types", "[finite]") {
  const auto network = small_vision();
  Blocks<AnyBlock> blocks;
  for (const auto& block : network.blocks.sequence)
    std::visit([&](const auto& held) { blocks.sequence.push_back(held); }, block);
  const Model model(network.sizes, network.stem, blocks, network.head);
  const auto weights = draw_weights(network, Stream(1));
  const std::variant<Patches<double>, TokenIds> input = small_patches();
  const FiniteRun one(network, weights, small_patches());
  const FiniteRun other(model, weights, input);
  const Matrix<double> cotangent = normal_matrix(2, 7, 3);
  CHECK(one.outputs() == other.outputs());
  const auto a = gradient(one, weights, cotangent), b = gradient(other, weights, cotangent);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == b[i]);
}

TEST_CASE("float follows double", "[finite]") {
  const auto network = small_vision();
  const auto patches = small_patches();
  const Patches<float> rounded{patches.layout, patches.values.cast<float>()};
  const auto weights = draw_weights<double>(network, Stream(2));
  const auto rounded_weights = draw_weights<float>(network, Stream(2));
  const FiniteRun exact(network, weights, patches);
  const FiniteRun run(network, rounded_weights, rounded);
  const Matrix<double> cotangent = normal_matrix(2, 7, 3);
  const auto expected = gradient(exact, weights, cotangent);
  const auto found = gradient(run, rounded_weights, Matrix<float>(cotangent.cast<float>()));
  const double slack = 1000 * static_cast<double>(std::numeric_limits<float>::epsilon());
  CHECK(distance<double>(run.outputs().cast<double>(), exact.outputs()) < slack);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(weights.names[i]);
    CHECK((found[i].cast<double>() - expected[i]).norm() < slack * expected[i].norm());
  }
}

TEST_CASE("what does not fit is refused", "[finite]") {
  const auto network = small_vision();
  const auto weights = draw_weights(network, Stream(1));
  const FiniteRun run(network, weights, small_patches());
  const Matrix<double> narrow = Matrix<double>::Zero(2, 6);
  CHECK_THROWS_WITH(gradient(run, weights, narrow), "the cotangent is 2×6 but should be 2×7");
  auto few = weights;
  few.tensors.pop_back();
  CHECK_THROWS_WITH(FiniteRun(network, few, small_patches()),
                    "there are 16 weights, but the network has 17 groups of parameters");
  CHECK_THROWS_WITH(FiniteRun(network, weights, small_patches(), std::vector<Index>{7}),
                    "outputs: there is no output 7 of 7");
  auto other = small_patches();
  other.layout.tokens = 2;
  CHECK_THROWS_WITH(FiniteRun(network, weights, other), ContainsSubstring("takes tokens = 3"));
}
