// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace widthwise::program {

/// Python that initializes a PyTorch model by a plan and makes parameter groups for its optimizer.
std::string pytorch_lines();

/// Python that makes an optax transformation, and one that draws parameters.
/// Throws std::invalid_argument for optimizers other than SGD, Adam, AdamW and Lion.
std::string optax_lines(const std::string& optimizer);

}  // namespace widthwise::program
