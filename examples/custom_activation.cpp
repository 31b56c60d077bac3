// SPDX-License-Identifier: MIT
// What does an activation of one's own do to the signal?
//
// Squared ReLU, σ(x) = max(0, x)² with σ'(x) = 2 max(0, x), has no header in the library. A function and its
// derivative are enough: ⟨σσ⟩ and ⟨σ'σ'⟩ come from quadrature. Here E[σ(x)²] = 3/2 · K² for x ~ N(0, K),
// which the first line checks. Then a deep network of such MLPs: is the correlation of two tokens kept, or do
// all tokens become alike?
#include <cmath>
#include <iostream>
#include <widthwise.hpp>

namespace ww = widthwise;

int main() {
  const ww::CustomActivation squared_relu{[](double x) { return x > 0 ? x * x : 0.0; },
                                          [](double x) { return x > 0 ? 2 * x : 0.0; },
                                          {0.0}};  // σ' is not smooth at zero
  const auto pair = ww::expectation(squared_relu, ww::Covariance2<double>{0.5, 0.5, 0.5});
  std::cout << "E[σ²] at variance 1/2: " << pair.value << ", exactly " << 1.5 * 0.25 << "\n\n";
  if (std::abs(pair.value - 0.375) > 1e-12) return 1;

  const auto run = [](const auto& activation, const char* name) {
    const ww::Residual mlp{ww::LayerNorm{1e-6}, ww::Mlp{activation, {.input = 1, .output = 1}, 4}};
    const ww::Transformer network{
        ww::Sizes{.width = 512, .heads = 8},
        ww::PatchStem{.coefficients = {.patch = 1, .position = 0}, .inputs = 2, .tokens = 2},
        ww::repeat(24, mlp), ww::LinearHead{.pool = ww::Pool::none}};
    ww::Matrix<double> tokens(2, 2);  // of variance one and correlation 0.3
    tokens << std::sqrt(2), 0, 0.3 * std::sqrt(2), std::sqrt(2 * (1 - 0.09));
    const auto flow = ww::propagate(network, ww::Patches<double>{{.samples = 1, .tokens = 2}, tokens});
    std::cout << name << ": correlation of two tokens after 0, 8, 16, 24 blocks:";
    for (const std::size_t depth : {0, 8, 16, 24}) {
      const auto& g = flow.blocks[depth].forward.value;
      std::cout << ' ' << g(0, 1) / std::sqrt(g(0, 0) * g(1, 1));
    }
    std::cout << '\n';
  };
  run(squared_relu, "squared ReLU");
  run(ww::Gelu{}, "GELU");
  run(ww::Tanh{}, "tanh");
}
