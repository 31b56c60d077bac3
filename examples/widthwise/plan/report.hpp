// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "widthwise/network/model.hpp"
#include "widthwise/scaling/plan.hpp"

namespace widthwise::program {

/// A plan in one of the formats table, markdown, csv and json; `name` is what the model is called.
///
/// Numbers for people are rounded, those of csv and json read back as the same doubles.
std::string plan_report(const Plan& plan, const Model& model, const std::string& name,
                        const std::string& format);

}  // namespace widthwise::program
