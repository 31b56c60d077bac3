// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "widthwise/scaling/parse.hpp"

namespace widthwise::program {

/// A plan, and what holds for the biases and gains of layer norm that a framework's model has besides.
struct FrameworkPlan {
  Plan plan;
  Hyperparameters vectors;
  /// Of the names of every line's tensors, where they are known; else those of public models.
  std::vector<std::string> patterns = {};
};

/// A plan for the model in a framework, the vectors without a multiplier.
FrameworkPlan framework_plan(const ModelGroups& groups, const AnyStrategy& strategy,
                             const AnyOptimizer& optimizer, const PlanOptions& options);

/// Groups with the patterns of their tensors' names, and the lines of Python that make PyTorch's parameter
/// groups of them.
///
/// All JSON here has the doubles of the plan; `load` is an array of lines. ε's factor is there for optimizers
/// that have an ε in their step.
std::string pytorch_report(const FrameworkPlan& planned, const std::string& name);

/// The same with lines that make an `optax.multi_transform`. Throws std::invalid_argument for optimizers
/// other than SGD, Adam, AdamW and Lion.
std::string optax_report(const FrameworkPlan& planned, const std::string& name);

/// A C header with a table of the groups, in C99 and C++; `sizes` is what it says of the model.
std::string c_report(const FrameworkPlan& planned, const std::string& sizes);

}  // namespace widthwise::program
