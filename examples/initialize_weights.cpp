// SPDX-License-Identifier: MIT
// How does a training program of one's own get its weights and its optimizer's groups?
//
// Only widthwise/scaling.hpp is needed, which pulls in neither Eigen nor Boost once a model's groups are
// known. The groups of a preset come from its layers; every weight is drawn with the deviation of the plan,
// √(C_G / fan-in), and a truncated law is widened so that the variance after truncation is the one asked for.
#include <cmath>
#include <iostream>
#include <vector>
#include <widthwise.hpp>

namespace ww = widthwise;

int main() {
  const ww::Model model = ww::preset("vit-ti16");
  const ww::Plan plan = ww::plan(model, ww::MaximalUpdate{}, ww::AdamW{});
  const double learning_rate = 0.4, weight_decay = 1e-3;

  std::uint64_t seed = 1;
  for (const auto& group : plan) {
    std::vector<float> weights(static_cast<std::size_t>(group.parameters));
    ww::initialize(weights, ww::distribution::TruncatedNormal{}, group.init_std, seed++);

    double squares = 0;
    for (const float w : weights) squares += static_cast<double>(w) * static_cast<double>(w);
    const double found = std::sqrt(squares / static_cast<double>(weights.size()));
    std::cout << group.name << ": deviation " << found << " (planned " << group.init_std << "), lr "
              << learning_rate * group.learning_rate_factor << ", weight decay "
              << weight_decay * group.weight_decay_factor << '\n';

    // The sample deviation scatters by 1/√(2N) of itself at most.
    const double scatter = group.init_std / std::sqrt(2.0 * static_cast<double>(weights.size()));
    if (std::abs(found - group.init_std) > 5 * scatter) return 1;
  }
}
