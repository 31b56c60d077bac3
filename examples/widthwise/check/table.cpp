// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "check/report.hpp"
#include "flow/summary.hpp"
#include "output/number_text.hpp"
#include "output/table.hpp"

namespace widthwise::program {

namespace {

using Align = Table::Align;

std::string with_error(double value, double error) {
  return rounded(value, 3) + " ± " + rounded(error, 2);
}

std::string width_table(const Check& check) {
  Table table{{{"width", Align::right},
               {"networks", Align::right},
               {"relative error of G", Align::right},
               {"of Θ", Align::right}},
              {}};
  for (const WidthCheck& width : check.widths)
    table.rows.push_back({std::to_string(width.width), std::to_string(width.networks),
                          with_error(width.forward.relative_error, width.forward.standard_error),
                          with_error(width.tangent.relative_error, width.tangent.standard_error)});
  return aligned_text(table);
}

std::string group_table(const WidthCheck& width) {
  Table table{{{"group at width " + std::to_string(width.width)},
               {"theory", Align::right},
               {"measured", Align::right},
               {"difference, standard errors", Align::right}},
              {}};
  for (const GroupCheck& group : width.groups) {
    const double difference = group.measured - group.theory;
    table.rows.push_back({group.name, rounded(group.theory), with_error(group.measured, group.standard_error),
                          // What has no scatter differs by rounding alone.
                          std::abs(difference) <= 1e-9 * std::abs(group.theory)
                              ? "0"
                              : rounded(difference / group.standard_error, 2)});
  }
  return aligned_text(table);
}

std::string slope_text(const Check& check) {
  if (!check.slope) return "No slope: it takes two widths at least.\n";
  const bool lost_in_scatter =
      std::any_of(check.widths.begin(), check.widths.end(), [](const WidthCheck& width) {
        return width.tangent.relative_error < 2 * width.tangent.standard_error;
      });
  return "Θ's relative error goes as width to the power " +
         with_error(check.slope->exponent, check.slope->standard_error) +
         (check.heads_stay ? "; corrections of order 1/n make it −1,\nuntil the part of order 1/H is left "
                             "that heads leave where their number stays.\n"
                           : "; corrections of order 1/n make it −1.\n") +
         (lost_in_scatter ? "Some errors are within twice their standard errors: more networks would tell "
                            "the slope better.\n"
                          : "");
}

}  // namespace

std::string check_table(const Check& check, const CheckHeading& heading) {
  return heading.model + "\n" + heading.input + ": " + samples_text(check) + "\n" +
         "random networks against theory, seed " + std::to_string(heading.seed) + "\n\n" +
         width_table(check) + "\n" + group_table(check.widths.back()) + "\n" + slope_text(check);
}

}  // namespace widthwise::program
