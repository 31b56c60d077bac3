// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "model_file.hpp"
#include "widthwise/scaling/plan.hpp"

namespace widthwise::program {

/// What a report says besides the plan itself.
struct PlanHeading {
  std::string name;          ///< what the model is called
  std::string model;         ///< the same, and its sizes
  std::string sizes;         ///< what the symbols in formulas stand for
  std::string coefficients;  ///< initialization coefficients; empty where they say nothing
  std::vector<std::vector<std::string>> tensors = {};  ///< of every line, for a plan made from shapes
};

/// The name of a tensor with a star in place of its layer, for all layers at once.
std::vector<std::string> name_patterns(const std::vector<std::string>& tensors);

/// A plan in one of the formats table, markdown, csv and json.
///
/// Numbers for people are rounded, those of csv and json read back as the same doubles.
std::string plan_report(const Plan& plan, const PlanHeading& heading, const std::string& format);

/// The heading of a model that was described; `name` is what it is called.
PlanHeading plan_heading(const AnyModel& model, const std::string& name);

/// The plan of a model that was described.
std::string plan_report(const Plan& plan, const AnyModel& model, const std::string& name,
                        const std::string& format);

}  // namespace widthwise::program
