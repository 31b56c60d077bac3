// SPDX-License-Identifier: MIT
#include "widthwise/finite/contact_terms.hpp"

#include "support/catch.hpp"
#include "support/networks.hpp"
#include "widthwise/finite/encoder_decoder.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

// The worst entry's distance in standard errors, with room for rounding.
double errors_away(const Estimate<Matrix<double>>& found, const Matrix<double>& expected) {
  return ((found.value - expected).array().abs() / (found.standard_error.array() + 1e-10)).maxCoeff();
}

// In units of the largest, for what there is to be seen at all.
double size_in_errors(const Estimate<Matrix<double>>& found, const Matrix<double>& expected) {
  return expected.cwiseAbs().maxCoeff() / found.standard_error.maxCoeff();
}

// Means over networks of several widths and numbers of heads, extrapolated to infinite ones, within four
// standard errors of theory, item by item; there are so many of them in the largest entry of Θ's terms.
template <class Network, class Input>
void check_contact_limit(Network network, const Input& input, const std::vector<Sizes>& grid,
                         Index networks_times_width, double resolution) {
  const auto flow = propagate(network, input, FlowOptions<>{.tolerance = 2e-3, .seed = 1});
  const auto theory = contact_terms(network, input, flow);
  const auto n = static_cast<double>(network.sizes.width);
  std::vector<std::vector<MeasuredContactItem<double>>> measured;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    network.sizes = grid[i];
    measured.push_back(measure_contact_terms(
        network, input, {.networks = networks_times_width / grid[i].width, .seed = 30 + i}));
  }
  for (std::size_t k = 0; k < theory.items.size(); ++k) {
    CAPTURE(theory.items[k].item);
    std::vector<Estimate<Matrix<double>>> means, tangents;
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const double root = std::sqrt(static_cast<double>(grid[i].width));
      REQUIRE(measured[i][k].item == theory.items[k].item);
      means.push_back({measured[i][k].mean.value / root, measured[i][k].mean.standard_error / root});
      tangents.push_back(measured[i][k].tangent);
    }
    const auto mean = extrapolated(grid, means), tangent = extrapolated(grid, tangents);
    const Matrix<double> expected_mean = theory.items[k].whole_mean() / std::sqrt(n),
                         expected_tangent = theory.items[k].whole_tangent();
    CHECK(errors_away(mean, expected_mean) < 4);
    CHECK(errors_away(tangent, expected_tangent) < 4);
    CHECK(size_in_errors(mean, expected_mean) > 2 * resolution);
    CHECK(size_in_errors(tangent, expected_tangent) > resolution);
  }
}

}  // namespace

// One norm, no branch: z_v = N_rescale s·W_v with s = (W_v + b)/√(C_WE + C_PE + ε).
TEST_CASE("contact terms of a stem and a head are as by hand", "[finite]") {
  const double c = 1.5, p = 0.5, epsilon = 0.25, g = c + p, d = 1 / (g + epsilon);
  const Transformer network{
      Sizes{256, 1}, TokenStem{.coefficients = {.embedding = c, .position = p}, .vocabulary = 9, .tokens = 3},
      Blocks<std::variant<Residual<Mlp<Relu>>>>{}, TiedHead{.norm = LayerNorm{epsilon}}};
  const TokenIds input{{1, 3}, {4, 2, 4}};
  const auto flow = propagate(network, input);
  const auto terms = contact_terms(network, input, flow);
  REQUIRE(terms.items.size() == 2);
  CHECK(terms.items[0].item == 2);
  CHECK(terms.items[0].rows == std::vector<Index>{1});
  const auto& four = terms.items[1];
  CHECK(four.rows == std::vector<Index>{0, 2});
  CHECK(four.mean(0) == Approx(16 * c * std::sqrt(d)).epsilon(1e-14));
  CHECK(four.whole_mean()(1) == 0);
  CHECK(four.forward()(0, 1) == Approx(256 * c * c * d).epsilon(1e-14));

  // Row by row: g = (W − s (s·W)/n)/√(G+ε) with s·W/n = C_WE/√(G+ε), F = G/(G+ε) and c/(G+ε) between rows.
  const double f = g * d, between = c * d;
  const double below = -2 * c * c * d + c * c * d * f;  // of g·g/n, times G + ε, beside C_WE
  CHECK(four.tangent(0, 0) == Approx(2 * d * below + 2 * (c * d - c * d * f)).epsilon(1e-13));
  CHECK(four.tangent(0, 2) ==
        Approx(d * (-2 * c * c * d + c * c * d * between) + 2 * (c * d - c * d * between)).epsilon(1e-13));
  // A row that does not read the item, beside one that does: Θ of both is that of the stem, which is 0 here.
  CHECK(four.tangent(0, 1) == Approx(0 - c * d * 0).margin(1e-14));

  const auto measured = measure_contact_terms(network, input, {.networks = 400, .seed = 3});
  for (std::size_t k = 0; k < 2; ++k) {
    const Matrix<double> tangent = terms.items[k].whole_tangent();
    CHECK(errors_away(measured[k].mean, terms.items[k].whole_mean()) < 4);
    CHECK((measured[k].tangent.value - tangent).cwiseAbs().maxCoeff() <
          4 * measured[k].tangent.standard_error.maxCoeff() + 10.0 / 256);  // corrections of order 1/n
    CHECK(size_in_errors(measured[k].tangent, tangent) > 20);
  }
}

namespace {

// With a layer norm among the blocks, so that there are two on the skip path.
auto two_norms() {
  const LayerNorm norm{1e-3};
  const Residual block{norm, Mlp{Relu{}, MlpCoefficients{.input = 1, .output = 0.8}, 2}};
  return Transformer{
      Sizes{64, 1},
      TokenStem{.coefficients = {.embedding = 1.2, .position = 0.3}, .vocabulary = 8, .tokens = 4},
      chain(block, norm, block),
      TiedHead{.norm = norm},
      {{"WE", 2}, {"PE", 0.5}}};
}

const std::vector<Sizes> contact_grid{{32, 2}, {32, 4}, {64, 2}, {64, 4}, {64, 8}, {128, 8}};

}  // namespace

TEST_CASE("contact terms agree with networks of many widths", "[finite]") {
  SECTION("two norms, no attention") {
    check_contact_limit(two_norms(), TokenIds{{2, 3}, {1, 2, 1, 3, 1, 4}}, {{32, 1}, {64, 1}, {128, 1}}, 6400,
                        10);
  }
  SECTION("encoder–decoder, with a layer norm behind the embedding") {
    check_contact_limit(small_encoder_decoder(1, {{"WE", 2}}), small_pair(), contact_grid, 3200, 2.5);
  }
}

TEST_CASE("contact terms agree with networks of many widths, closely", "[.slow]") {
  SECTION("language") {
    check_contact_limit(small_language(), small_tokens(), contact_grid, 64000, 5);
  }
  SECTION("encoder–decoder") {
    check_contact_limit(small_encoder_decoder(1, {{"WE", 2}}), small_pair(), contact_grid, 64000, 10);
  }
}

TEST_CASE("a pooled head has its contact terms pooled", "[finite]") {
  auto network = small_language();
  const auto flow = propagate(network, small_tokens(), FlowOptions<>{.tolerance = 0.1});
  const auto rows = contact_terms(network, small_tokens(), flow);
  network.head.pool = Pool::mean;
  const auto pooled = contact_terms(network, small_tokens(),
                                    propagate(network, small_tokens(), FlowOptions<>{.tolerance = 0.1}));
  REQUIRE(pooled.items.size() == rows.items.size());
  for (std::size_t k = 0; k < rows.items.size(); ++k) {
    CHECK(pooled.items[k].whole_mean()(0) ==
          Approx(rows.items[k].whole_mean().head(4).mean()).epsilon(1e-12));
    CHECK(pooled.items[k].whole_tangent()(0, 1) ==
          Approx(rows.items[k].whole_tangent().topRightCorner(4, 4).mean()).epsilon(1e-12).margin(1e-14));
  }
}

TEST_CASE("what has no contact terms is refused", "[finite]") {
  const auto network = small_language();
  const auto flow = propagate(network, small_tokens(), FlowOptions<>{.tolerance = 0.5});
  CHECK_THROWS_WITH(contact_terms(network, TokenIds{{1, 2}, {1, 2}}, flow),
                    "contact terms: the flow is not that of the input");
  CHECK_THROWS_WITH(contact_terms(small_vision(), small_patches(), flow),
                    "contact terms: the head is not tied to a word embedding, so that there are none");
}
