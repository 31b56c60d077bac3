// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "check/run.hpp"
#include "output/plot/figure.hpp"

namespace widthwise::program {

/// What a report says besides the comparison itself.
struct CheckHeading {
  std::string model = {};  ///< what the model is called, and its sizes
  std::string input = {};  ///< where the samples come from
  std::uint64_t seed = 0;
};

/// A comparison for people: one line for every width, one for every group at the largest.
std::string check_table(const Check& check, const CheckHeading& heading);

/// Everything, in the fields that docs and tests rely on. The same comparison gives the same bytes.
std::string check_json(const Check& check, const CheckHeading& heading);

/// Relative errors against width on logarithmic axes, with the fitted slope and a line of slope −1.
plot::Figure check_figure(const Check& check, const CheckHeading& heading);

}  // namespace widthwise::program
