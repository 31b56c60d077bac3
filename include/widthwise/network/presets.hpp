// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "widthwise/network/model.hpp"

namespace widthwise {

/// A well-known architecture by name.
struct Preset {
  std::string_view name;
  std::string_view description;
  Model model;
};

namespace detail {

/// A Vision Transformer without class token, mean-pooled, with the coefficients of the paper's Part II.
inline Model vision_transformer(Sizes sizes, Index layers, Index patch, Index image = 224) {
  const LayerNorm norm{1e-6};
  const auto layer =
      chain(AnyBlock(Residual<SelfAttention>{
                norm, {.coefficients = {.query = 0.5, .key = 0.5, .value = 0.5, .output = 1.0 / 3}}}),
            mlp_block("gelu", norm, {.input = 0.4, .output = 1.6}, 4));
  const Index side = image / patch;
  return {
      sizes,
      PatchStem{.coefficients = {.patch = 1, .position = 0.02 * 0.02, .class_token = {}},
                .inputs = 3 * patch * patch,
                .tokens = side * side},
      repeat(layers, layer),
      LinearHead{
          .coefficients = {.weight = 1}, .outputs = 1000, .bias = true, .pool = Pool::mean, .norm = norm}};
}

/// A language model with every weight drawn at one standard deviation, and the branches' last ones at
/// another.
///
/// C = n std² for weights that read n channels, C_X = M n std² (theory §7, "standard").
inline Model language_model(Sizes sizes, Index layers, Index vocabulary, Index tokens, Mask mask,
                            std::string_view activation, double epsilon, double branch_output_std) {
  const double n = static_cast<double>(sizes.width), std = 0.02, multiplier = 4;
  const LayerNorm norm{epsilon};
  const double square = n * std * std, output_square = n * branch_output_std * branch_output_std;
  const auto layer =
      chain(AnyBlock(Residual<SelfAttention>{
                norm,
                {.coefficients = {.query = square, .key = square, .value = square, .output = output_square},
                 .mask = std::move(mask)}}),
            mlp_block(activation, norm, {.input = square, .output = multiplier * output_square}, multiplier));
  return {sizes,
          TokenStem{.coefficients = {.embedding = std * std, .position = std * std},
                    .vocabulary = vocabulary,
                    .tokens = tokens},
          repeat(layers, layer), TiedHead{.pool = Pool::none, .norm = norm}};
}

inline Model gpt2(Index width, Index heads, Index layers) {
  // The weights that end a residual branch start smaller by the root of the number of branches.
  return language_model({width, heads}, layers, 50257, 1024, Mask::causal(), GeluTanh::name, 1e-5,
                        0.02 / std::sqrt(2.0 * static_cast<double>(layers)));
}

}  // namespace detail

/// All presets, in the order they are listed to users.
///
/// Vision: Dosovitskiy et al. 2020, Table 1 (Ti and S: Touvron et al. 2020), at 224×224, coefficients of
/// 2304.02034 Part II. GPT-2: Radford et al. 2019, Table 2. BERT: Devlin et al. 2018, in pre-norm form.
/// Biases of attention and MLP, and trained layer norms, which these language models also have, are not part
/// of the theory.
inline std::vector<Preset> presets() {
  using detail::vision_transformer;
  return {{"vit-b16", "ViT-B/16 on 224x224 images, the paper's Vision model",
           vision_transformer({768, 12}, 12, 16)},
          {"vit-ti16", "ViT-Ti/16 on 224x224 images", vision_transformer({192, 3}, 12, 16)},
          {"vit-s16", "ViT-S/16 on 224x224 images", vision_transformer({384, 6}, 12, 16)},
          {"vit-s32", "ViT-S/32 on 224x224 images", vision_transformer({384, 6}, 12, 32)},
          {"vit-b32", "ViT-B/32 on 224x224 images", vision_transformer({768, 12}, 12, 32)},
          {"vit-l16", "ViT-L/16 on 224x224 images", vision_transformer({1024, 16}, 24, 16)},
          {"vit-l32", "ViT-L/32 on 224x224 images", vision_transformer({1024, 16}, 24, 32)},
          {"vit-h14", "ViT-H/14 on 224x224 images", vision_transformer({1280, 16}, 32, 14)},
          {"gpt2", "GPT-2 small", detail::gpt2(768, 12, 12)},
          {"gpt2-medium", "GPT-2 medium", detail::gpt2(1024, 16, 24)},
          {"gpt2-large", "GPT-2 large", detail::gpt2(1280, 20, 36)},
          {"gpt2-xl", "GPT-2 XL", detail::gpt2(1600, 25, 48)},
          {"bert-base", "BERT-base encoder in pre-norm form",
           detail::language_model({768, 12}, 12, 30522, 512, Mask::none(), "gelu", 1e-12, 0.02)}};
}

/// The model of the preset of that name. Throws std::invalid_argument that lists the known names.
inline Model preset(std::string_view name) {
  std::string known;
  for (auto& candidate : presets()) {
    if (candidate.name == name) return candidate.model;
    known += (known.empty() ? "" : ", ") + std::string(candidate.name);
  }
  detail::reject("preset \"", name, "\" is not one of ", known);
}

}  // namespace widthwise
