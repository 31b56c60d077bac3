// SPDX-License-Identifier: MIT
// Does one step of training move the outputs alike at every width?
//
// At each width, random networks take one step of SGD, or of AdamW, with each parameter group by itself and
// with all together, at the learning rates of the plan; |Δz|/η is measured. A group with gradient g moves the
// output by Σ λ_G g² under SGD and by Σ λ̃_G |g| under AdamW, which the derived factors 1/order and
// √(order/active)/order keep of order one for each s (Eqs. 1.99–1.116; arXiv 2210.04909). With one learning
// rate for all, changes grow with the width. Drawn are the changes; a table of them goes to standard output.
//
//   example_coordinate_check [FILE.svg [LARGEST_WIDTH]]
#include <iostream>
#include <map>
#include <string>
#include <vector>
#include <widthwise.hpp>

#include "output/number_text.hpp"
#include "output/plot/figure.hpp"
#include "output/table.hpp"
#include "output/write_output.hpp"

namespace ww = widthwise;
namespace program = widthwise::program;

namespace {

auto network(ww::Index width) {
  const ww::LayerNorm norm{1e-6};
  return ww::Transformer{
      ww::Sizes{.width = width, .heads = 8},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 0.1}, .inputs = 12, .tokens = 4},
      ww::chain(ww::Residual{norm, ww::SelfAttention{{.query = 1, .key = 1, .value = 1, .output = 1}}},
                ww::Residual{norm, ww::Mlp{ww::Gelu{}, {.input = 1, .output = 2}, 4}}),
      ww::LinearHead{.outputs = 10}};
}

// Changes of the outputs by group, at each width.
struct Sweep {
  std::string strategy, optimizer;
  std::vector<std::vector<ww::UpdateSize>> updates;
};

template <class Strategy, class Optimizer>
Sweep sweep(const std::vector<ww::Index>& widths, const Strategy& strategy, const Optimizer& optimizer) {
  std::mt19937_64 generator(1);
  ww::Patches<double> input{{.samples = 2, .tokens = 4}, ww::Matrix<double>(8, 12)};
  ww::initialize(std::span(input.values.data(), 96), ww::distribution::Normal{}, 1, generator);
  Sweep found{std::string(strategy.name()), std::string(optimizer.name()), {}};
  for (const ww::Index width : widths)
    found.updates.push_back(
        ww::measure_updates(network(width), input, strategy, optimizer,
                            {.networks = std::max<ww::Index>(8192 / width, 6), .seed = 1}));
  return found;
}

std::string table(const Sweep& sweep, const std::vector<ww::Index>& widths) {
  program::Table table{{{sweep.strategy + ", " + sweep.optimizer}}, {}};
  for (const ww::Index width : widths)
    table.columns.push_back({"n = " + std::to_string(width), program::Table::Align::right});
  table.columns.push_back({"power of n", program::Table::Align::right});
  for (std::size_t g = 0; g < sweep.updates[0].size(); ++g) {
    table.rows.push_back({sweep.updates[0][g].name});
    std::vector<double> sizes, changes, errors;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const auto& change = sweep.updates[i][g].change;
      table.rows.back().push_back(program::rounded(change.value, 3));
      sizes.push_back(static_cast<double>(widths[i]));
      changes.push_back(change.value);
      errors.push_back(change.standard_error);
    }
    const auto law = ww::power_law(sizes, changes, errors);
    table.rows.back().push_back(program::rounded(law.exponent, 2) + " ± " +
                                program::rounded(law.standard_error, 1));
  }
  return program::markdown(table);
}

program::plot::LinePanel panel(const Sweep& sweep, const std::vector<ww::Index>& widths) {
  program::plot::LinePanel panel{.title = sweep.strategy + ", " + sweep.optimizer,
                                 .x = {.label = "width n", .spacing = program::plot::Spacing::logarithmic},
                                 .y = {.label = "|change of outputs| / η",
                                       .spacing = program::plot::Spacing::logarithmic,
                                       .range = std::pair(0.02, 20.0)}};
  for (std::size_t g = 0; g < sweep.updates[0].size(); ++g) {
    program::plot::Series series{.label = sweep.updates[0][g].name};
    for (std::size_t i = 0; i < widths.size(); ++i) {
      series.x.push_back(static_cast<double>(widths[i]));
      series.y.push_back(sweep.updates[i][g].change.value);
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string picture = count > 1 ? arguments[1] : "coordinate_check.svg";
  const ww::Index largest = count > 2 ? std::stol(arguments[2]) : 256;
  std::vector<ww::Index> widths;
  for (ww::Index width = 64; width <= largest; width *= 2) widths.push_back(width);

  program::plot::Figure figure{
      .title = "One step of training at every width",
      .subtitle = "Change of the outputs over the learning rate, one group at a time and all together"};
  const auto row = [&](const auto& strategy) {
    const Sweep sgd = sweep(widths, strategy, ww::Sgd{}), adamw = sweep(widths, strategy, ww::AdamW{});
    std::cout << table(sgd, widths) << '\n' << table(adamw, widths) << '\n';
    figure.rows.push_back({panel(sgd, widths), panel(adamw, widths)});
  };
  row(ww::NeuralTangent{});
  row(ww::Hybrid{});
  row(ww::MaximalUpdate{});
  row(ww::Uniform{});
  program::write_outputs({{picture, program::plot::svg(figure)}});
} catch (const std::exception& failure) {
  std::cerr << "example_coordinate_check: " << failure.what() << '\n';
  return 2;
}
