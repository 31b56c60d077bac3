// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "output/plot/figure.hpp"
#include "rate_curve.hpp"

namespace widthwise::training {

/// Best learning rates in Markdown: one line per strategy and width; how they go with the width; and what it
/// costs to train the widest model with the best rate of the narrowest.
std::string transfer_tables(const std::vector<RateCurve>& curves, Metric metric);

/// A column of panels per task: loss against learning rate under each strategy, and below them the best rates
/// against the width.
program::plot::Figure transfer_figure(const std::vector<RateCurve>& curves, Metric metric);

}  // namespace widthwise::training
