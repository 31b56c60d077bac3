// SPDX-License-Identifier: MIT
// What do rules for deep models do to a Transformer's kernels?
//
// One model under each rule (scaling/depth.hpp) that is for layer norm before every branch. Drawn are the
// variance of the signal along a model of 32 layers, and the tangent kernel Θ of the outputs in models of 1
// to 32 layers (Eqs. 1.168–1.173): with plain branches the signal grows with every layer; branch multipliers
// with their learning rates keep both kernels of order one. The exit status says whether they do.
//
//   example_depth [FILE.svg]
#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>
#include <widthwise.hpp>

#include "output/number_text.hpp"
#include "output/plot/figure.hpp"
#include "output/write_output.hpp"

namespace ww = widthwise;
namespace program = widthwise::program;
namespace plot = widthwise::program::plot;

namespace {

auto network(int layers) {
  const ww::LayerNorm norm{1e-6};
  const auto block =
      ww::chain(ww::Residual{norm, ww::SelfAttention{{.query = 0.5, .key = 0.5, .value = 1, .output = 1}}},
                ww::Residual{norm, ww::Mlp{ww::Gelu{}, {.input = 1, .output = 2}, 4}});
  return ww::Transformer{
      ww::Sizes{.width = 64, .heads = 4},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 0.1}, .inputs = 12, .tokens = 4},
      ww::repeat(layers, block), ww::LinearHead{.outputs = 4, .norm = norm}};
}

// A group's numbers in a plan as effective weights have them: the multiplier goes into variance and rate.
struct Effective {
  double variance, rate;
};

Effective effective(const ww::Plan& plan, const std::string& name, int block) {
  for (const auto& line : plan)
    if (line.name == name && std::find(line.blocks.begin(), line.blocks.end(), block) != line.blocks.end()) {
      const double square = line.multiplier * line.multiplier;
      return {line.init_std * line.init_std * square, line.learning_rate_factor * square};
    }
  throw std::invalid_argument("no group " + name);
}

// The network with the variances and, under SGD, the learning rates of the rule.
auto deep_network(int layers, const std::optional<ww::AnyDepthRule>& rule) {
  auto model = network(layers);
  if (!rule) return model;
  const ww::ModelGroups groups = ww::parameter_groups(model);
  const ww::Plan plain = ww::plan(groups, ww::NeuralTangent{}, ww::Sgd{});
  const ww::Plan ruled = ww::plan(ww::with_depth(groups, *rule), ww::NeuralTangent{}, ww::Sgd{});
  int block = 2;
  const auto scale = [&](double& coefficient, const std::string& name) {
    const Effective from = effective(plain, name, block), to = effective(ruled, name, block);
    coefficient *= to.variance / from.variance;
    model.learning_rates[name] = to.rate / from.rate;  // the same in every block
  };
  for (auto& held : model.blocks.sequence) {
    std::visit(
        [&](auto& residual) {
          auto& c = residual.branch.coefficients;
          if constexpr (requires { c.query; }) {
            scale(c.query, "Q"), scale(c.key, "K"), scale(c.value, "V"), scale(c.output, "U");
          } else {
            scale(c.input, "W"), scale(c.output, "X");
          }
        },
        held);
    ++block;
  }
  return model;
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string picture = count > 1 ? arguments[1] : "depth.svg";
  ww::Patches<double> input{{.samples = 2, .tokens = 4}, ww::Matrix<double>(8, 12)};
  ww::initialize(std::span(input.values.data(), 96), ww::distribution::Normal{}, 1, 5);

  plot::LinePanel along{.title = "along 32 layers",
                        .x = {.label = "block"},
                        .y = {.label = "variance of the signal, G", .spacing = plot::Spacing::logarithmic}};
  plot::LinePanel across{.title = "in models of many depths",
                         .x = {.label = "layers", .spacing = plot::Spacing::logarithmic},
                         .y = {.label = "Θ of the outputs", .spacing = plot::Spacing::logarithmic}};
  bool kept = true;
  for (const std::string name : {"no rule", "depth-mup", "completep", "gpt2", "ds-init"}) {
    std::optional<ww::AnyDepthRule> rule;
    if (name != "no rule") rule = ww::parse_depth_rule(name);
    plot::Series signal{.label = name}, tangent{.label = name};
    std::cout << name << ':';
    for (const int layers : {1, 2, 4, 8, 16, 32}) {
      const auto flow =
          ww::propagate(deep_network(layers, rule), input, ww::FlowOptions<>{.tolerance = 1e-2});
      tangent.x.push_back(layers);
      tangent.y.push_back(flow.output_tangent.value.diagonal().mean());
      std::cout << ' ' << program::rounded(tangent.y.back(), 3);
      if (layers < 32) continue;
      for (std::size_t i = 0; i + 1 < flow.blocks.size(); ++i) {
        signal.x.push_back(static_cast<double>(i) + 1);
        signal.y.push_back(flow.blocks[i].forward.value.diagonal().mean());
      }
    }
    std::cout << "; G from " << program::rounded(signal.y.front(), 3) << " to "
              << program::rounded(signal.y.back(), 3) << '\n';
    if (rule && std::holds_alternative<ww::BranchMultiplier>(*rule))
      kept = kept && tangent.y[5] < 1.2 * tangent.y[3] && tangent.y[3] < 1.2 * tangent.y[5] &&
             signal.y.back() < 5 * signal.y.front();
    along.series.push_back(signal);
    across.series.push_back(tangent);
  }
  const plot::Figure figure{.title = "Rules for deep models",
                            .subtitle = "Kernels of pre-norm Transformers, 2 samples of 4 patches, under SGD",
                            .rows = {{along, across}}};
  program::write_outputs({{picture, plot::svg(figure)}});
  return kept ? 0 : 1;
} catch (const std::exception& failure) {
  std::cerr << "example_depth: " << failure.what() << '\n';
  return 2;
}
