// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "widthwise/activation/erf.hpp"
#include "widthwise/activation/gelu.hpp"
#include "widthwise/activation/gelu_tanh.hpp"
#include "widthwise/activation/identity.hpp"
#include "widthwise/activation/leaky_relu.hpp"
#include "widthwise/activation/relu.hpp"
#include "widthwise/activation/silu.hpp"
#include "widthwise/activation/sine.hpp"
#include "widthwise/activation/tanh.hpp"
#include "widthwise/network/transformer.hpp"

namespace widthwise {

namespace detail {

template <class... Activations>
using AnyBlockOf = std::variant<Residual<SelfAttention>, Residual<Mlp<Activations>>...>;

}  // namespace detail

/// Any residual block of the library, for networks that are built at run time.
using AnyBlock = detail::AnyBlockOf<Identity, Relu, LeakyRelu, Erf, Gelu, GeluTanh, Tanh, Silu, Sine>;

/// A Transformer built at run time, from a model file or a preset.
using Model = Transformer<std::variant<PatchStem, TokenStem>, AnyBlock, std::variant<LinearHead, TiedHead>>;

namespace detail {

template <std::size_t I = 1>
AnyBlock mlp_block(std::string_view activation, LayerNorm norm, MlpCoefficients coefficients,
                   double multiplier, std::string known = {}) {
  if constexpr (I < std::variant_size_v<AnyBlock>) {
    using Block = std::variant_alternative_t<I, AnyBlock>;
    using ActivationType = decltype(Block{}.branch.activation);
    if (activation == ActivationType::name) return Block{norm, {ActivationType{}, coefficients, multiplier}};
    known += (known.empty() ? "" : ", ") + std::string(ActivationType::name);
    return mlp_block<I + 1>(activation, norm, coefficients, multiplier, std::move(known));
  } else {
    reject("activation \"", activation, "\" is not one of ", known);
  }
}

}  // namespace detail

/// An MLP block whose activation is known by name. Throws std::invalid_argument that lists the known names.
inline AnyBlock mlp_block(std::string_view activation, LayerNorm norm, MlpCoefficients coefficients,
                          double multiplier) {
  return detail::mlp_block(activation, norm, coefficients, multiplier);
}

}  // namespace widthwise
