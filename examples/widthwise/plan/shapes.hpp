// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "plan/frameworks.hpp"
#include "plan/report.hpp"
#include "widthwise/scaling/parse.hpp"

namespace widthwise::program {

/// A plan of a model that was read from its tensors, and what stands above it.
struct ShapesPlan {
  FrameworkPlan planned;  ///< with patterns that fit the listed names alone
  PlanHeading heading;
};

/// Plans the model whose tensors at several widths the files list, at the width or else the largest of them.
/// Throws InputError naming the tensor that cannot be placed.
ShapesPlan plan_shapes(const std::vector<std::filesystem::path>& files, std::optional<Index> width,
                       const AnyStrategy& strategy, const AnyOptimizer& optimizer,
                       const PlanOptions& options);

}  // namespace widthwise::program
