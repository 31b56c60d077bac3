// SPDX-License-Identifier: MIT
// What do more heads cost at the same width?
//
// A head's logits q·k/√C are sums over its C = n/H channels, and Gaussian only as C grows: their excess
// kurtosis is 6/C = 6H/n, and what theory says of attention (Eqs. 1.61–1.65, 1.151–1.163) is off by an amount
// of the same order. Too few heads do not average either, which leaves a part of order 1/H. At one width,
// networks are drawn with more and more heads; drawn are the excess kurtosis of the logits with the line
// 6H/n, and the relative error of the queries' part of the outputs' tangent kernel.
//
//   example_attention_heads [FILE.svg]
#include <iostream>
#include <string>
#include <vector>
#include <widthwise.hpp>

#include "output/plot/figure.hpp"
#include "output/write_output.hpp"

namespace ww = widthwise;
namespace program = widthwise::program;
namespace plot = widthwise::program::plot;

namespace {

constexpr ww::Index width = 256;

auto network(ww::Index heads) {
  const ww::LayerNorm norm{1e-6};
  return ww::Transformer{
      ww::Sizes{.width = width, .heads = heads},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 0.5}, .inputs = 6, .tokens = 4},
      ww::chain(ww::Residual{norm, ww::SelfAttention{{.query = 2, .key = 2, .value = 3, .output = 3}}}),
      ww::LinearHead{.outputs = 4, .norm = norm}};
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string picture = count > 1 ? arguments[1] : "attention_heads.svg";
  ww::Patches<double> input{{.samples = 1, .tokens = 4}, ww::Matrix<double>(4, 6)};
  ww::initialize(std::span(input.values.data(), 24), ww::distribution::Normal{}, 1, 5);
  const auto flow = ww::propagate(network(1), input, ww::FlowOptions<>{.tolerance = 1e-3, .seed = 1});

  plot::Series kurtosis{.label = "excess kurtosis of logits", .mark = plot::Mark::points};
  plot::Series error{.label = "relative error of the queries' part of Θ", .mark = plot::Mark::points};
  plot::Series theory{.label = "6 H/n", .mark = plot::Mark::dashed};
  bool agrees = true;
  for (const ww::Index heads : {4, 8, 16, 32, 64, 128}) {
    const auto measured =
        ww::measure(network(heads), input, {.networks = 400, .seed = 2, .outputs = 4, .logits = true});
    const auto& found = measured.logits[0].excess_kurtosis;
    const double h = static_cast<double>(heads), expected = 6 * h / static_cast<double>(width);
    const auto& share = measured.group("block2.Q").tangent;
    const double whole = flow.share("block2.Q").value;
    for (auto* series : {&kurtosis, &error, &theory}) series->x.push_back(h);
    kurtosis.y.push_back(found.value);
    kurtosis.errors.push_back(found.standard_error);
    error.y.push_back(std::abs(share.value / whole - 1));
    error.errors.push_back(share.standard_error / whole);
    theory.y.push_back(expected);
    std::cout << heads << " heads of " << width / heads << " channels: excess kurtosis " << found.value
              << " +- " << found.standard_error << " (6 H/n = " << expected
              << "), queries' part of theta off by " << error.y.back() << " +- " << error.errors.back()
              << '\n';
    agrees = agrees && std::abs(found.value - expected) < 4 * found.standard_error;
  }
  const plot::Figure figure{
      .title = "More heads at the same width, n = 256",
      .subtitle = "One attention block, C_Q C_K = 4, one sample of four patches; 400 networks each",
      .rows = {{plot::LinePanel{.x = {.label = "heads H", .spacing = plot::Spacing::logarithmic},
                                .y = {.spacing = plot::Spacing::logarithmic},
                                .series = {kurtosis, error, theory}}}}};
  program::write_outputs({{picture, plot::svg(figure)}});
  return agrees ? 0 : 1;
} catch (const std::exception& failure) {
  std::cerr << "example_attention_heads: " << failure.what() << '\n';
  return 2;
}
