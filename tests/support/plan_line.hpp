// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <stdexcept>
#include <string>

#include "widthwise/scaling.hpp"

namespace widthwise::test {

/// What a few multiplications and roots may be off by, relative to their result.
inline constexpr double rounding = 64 * std::numeric_limits<double>::epsilon();

/// The line of a group that a plan has once.
inline Hyperparameters line(const Plan& plan, const std::string& name) {
  for (const Hyperparameters& group : plan)
    if (group.name == name) return group;
  throw std::runtime_error("the plan has no group " + name);
}

}  // namespace widthwise::test
