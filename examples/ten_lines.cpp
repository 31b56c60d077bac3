// SPDX-License-Identifier: MIT
// Which parameters will a small Vision Transformer learn through, and how should it be initialized and
// trained?
//
//   G' = G + C_U C_V E[Ω F Ωᵀ]          covariance through attention, Ω = softmax of Gaussian logits
//   (Eq. 1.65) G' = G + C_X E[σ(w) σ(w)ᵀ]          covariance through an MLP (Eq. 1.77) Θ  carried along in
//   the same way     the tangent kernel: how far a step of gradient descent moves the output
#include <iostream>
#include <widthwise.hpp>

namespace ww = widthwise;

int main() {
  const auto block =
      ww::chain(ww::Residual{ww::LayerNorm{1e-6},
                             ww::SelfAttention{{.query = 0.5, .key = 0.5, .value = 0.5, .output = 1.0 / 3}}},
                ww::Residual{ww::LayerNorm{1e-6}, ww::Mlp{ww::Gelu{}, {.input = 0.4, .output = 1.6}, 4}});
  const ww::Transformer vit{
      ww::Sizes{.width = 768, .heads = 12},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 4e-4}, .inputs = 48, .tokens = 16},
      ww::repeat(4, block), ww::LinearHead{.outputs = 10}};

  // Two samples of 16 patches with 48 numbers each; rows run over patches, then over samples.
  const ww::Patches<double> input{{.samples = 2, .tokens = 16}, ww::Matrix<double>::Random(32, 48)};

  const auto flow = ww::propagate(vit, input, ww::FlowOptions<>{.tolerance = 1e-2, .seed = 7});
  const auto& query = flow.share("block2.Q");
  std::cout << "output covariance of the two samples (standard error " << flow.forward_error << "):\n"
            << flow.output_forward.value
            << "\nshare of the first block's queries in the output's tangent kernel: " << query.value << " ± "
            << query.standard_error << "\n\n";

  for (const auto& group : ww::plan(vit, ww::NeuralTangent{}, ww::AdamW{}))
    std::cout << group.name << ": initialize with deviation " << group.init_std << " = " << group.init_formula
              << ", train with " << group.learning_rate_factor << " = " << group.learning_rate_formula
              << " times the learning rate\n";
}
