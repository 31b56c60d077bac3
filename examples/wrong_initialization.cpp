// SPDX-License-Identifier: MIT
// How does one see that a network is not initialized as planned?
//
// The plan asks for variances 1/n_in in every block. A framework's habit may be another: uniform on
// ±1/√n_in, say, has the variance 1/(3 n_in). Networks drawn both ways are run, and the mean covariance of
// their signals is compared, block by block, with what theory says of the plan (Eqs. 1.65, 1.77). The right
// ones lie on it within their errors, the wrong ones are off by many from the first block on.
//
//   example_wrong_initialization [FILE.svg]
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

// `c` is C of every matrix inside the blocks.
auto network(double c) {
  const ww::LayerNorm norm{1e-6};
  const auto block =
      ww::chain(ww::Residual{norm, ww::SelfAttention{{.query = c, .key = c, .value = c, .output = c}}},
                ww::Residual{norm, ww::Mlp{ww::Gelu{}, {.input = c, .output = c}, 2}});
  return ww::Transformer{
      ww::Sizes{.width = 256, .heads = 8},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 0.1}, .inputs = 12, .tokens = 4},
      ww::repeat(4, block), ww::LinearHead{.outputs = 4, .norm = norm}};
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string picture = count > 1 ? arguments[1] : "wrong_initialization.svg";
  ww::Patches<double> input{{.samples = 2, .tokens = 4}, ww::Matrix<double>(8, 12)};
  ww::initialize(std::span(input.values.data(), 96), ww::distribution::Normal{}, 1, 5);
  const auto flow = ww::propagate(network(1), input, ww::FlowOptions<>{.tolerance = 3e-3, .seed = 1});
  const ww::MeasureOptions options{.networks = 16, .seed = 2, .outputs = 1};
  const auto planned = ww::measure(network(1), input, options);
  const auto wrong = ww::measure(network(1.0 / 3), input, options, ww::distribution::Uniform{});

  plot::Series theory{.label = "theory of the plan", .mark = plot::Mark::line};
  plot::Series right{.label = "networks as planned", .mark = plot::Mark::points};
  plot::Series other{.label = "networks with uniform weights on ±1/√n_in", .mark = plot::Mark::points};
  double worst_right = 0, least_other = 1e300;
  for (std::size_t i = 0; i + 1 < flow.blocks.size(); ++i) {
    const double expected = flow.blocks[i].forward.value.diagonal().mean();
    theory.x.push_back(static_cast<double>(i) + 1);
    theory.y.push_back(expected);
    for (const bool plan : {true, false}) {
      const auto& g = (plan ? planned : wrong).blocks[i].forward;
      plot::Series& series = plan ? right : other;
      const double error = g.standard_error.diagonal().mean();
      series.x.push_back(static_cast<double>(i) + 1);
      series.y.push_back(g.value.diagonal().mean());
      series.errors.push_back(error);
      const double off = std::abs(series.y.back() - expected) / error;
      if (plan) worst_right = std::max(worst_right, off);
      if (!plan && i > 0) least_other = std::min(least_other, off);
    }
    std::cout << "block " << i + 1 << ": theory " << expected << ", planned " << right.y.back() << " +- "
              << right.errors.back() << ", wrong " << other.y.back() << " +- " << other.errors.back() << '\n';
  }
  const plot::Figure figure{.title = "A wrong initialization, caught by sixteen networks",
                            .subtitle = "Mean variance of the signals after every block; width 256, 8 heads",
                            .rows = {{plot::LinePanel{.x = {.label = "block", .whole = true},
                                                      .y = {.label = "mean of G's diagonal"},
                                                      .series = {theory, right, other}}}}};
  program::write_outputs({{picture, plot::svg(figure)}});
  std::cout << "planned networks are off by " << worst_right << " standard errors at most, wrong ones by "
            << least_other << " at least\n";
  return worst_right < 4 && least_other > 10 ? 0 : 1;
} catch (const std::exception& failure) {
  std::cerr << "example_wrong_initialization: " << failure.what() << '\n';
  return 2;
}
