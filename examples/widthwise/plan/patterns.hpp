// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "widthwise/scaling/plan.hpp"

namespace widthwise::program {

/// What the names of the tensors of one of the plan's lines look like in timm, Hugging Face's Transformers,
/// torchvision, nanoGPT, LLaMA, Flax and llm.c: a regular expression that is to be found in the name.
///
/// It reads the same in Python and as an extended one of POSIX. A tensor that holds Q, K and V fits all
/// three. Where groups of one name stand on several lines, it asks for the numbers of their layers, counted
/// from 0 among the blocks with such a group.
std::string name_pattern(const Hyperparameters& line, const Plan& plan);

/// A regular expression that is found in the names of these tensors and in no other, behind what wrappers put
/// in front of all names or not: "module.", "_orig_mod.", "params.".
std::string exact_pattern(const std::vector<std::string>& tensors);

}  // namespace widthwise::program
