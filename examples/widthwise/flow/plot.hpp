// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "output/plot/figure.hpp"
#include "widthwise/network/flow.hpp"

namespace widthwise::program {

/// A flow against depth: mean diagonals of G and Θ, mean correlation of G, and every group's part of the
/// output's Θ. `title` and `input` say which model it is and where the samples come from.
plot::Figure flow_figure(const Flow<double>& flow, const std::string& title, const std::string& input);

}  // namespace widthwise::program
