// SPDX-License-Identifier: MIT
#pragma once

#include "input/input.hpp"
#include "widthwise/network/model.hpp"

namespace widthwise::program {

/// What the model's stem takes.
InputShape input_shape(const Model& model);

/// The rows of the network for an input: those of the input and a class token where there is one.
TokenLayout network_layout(const Model& model, TokenLayout input);

}  // namespace widthwise::program
