// SPDX-License-Identifier: MIT
#include <cmath>

#include "check/report.hpp"
#include "flow/summary.hpp"
#include "output/number_text.hpp"

namespace widthwise::program {

namespace {

// The power of the width that comes closest to Θ's errors, at the widths that were measured.
plot::Series power(const Check& check, double exponent, std::string label, plot::Mark mark) {
  double weights = 0, level = 0;
  for (const WidthCheck& width : check.widths) {
    const double relative = std::max(width.tangent.standard_error / width.tangent.relative_error, 1e-12);
    const double weight = 1 / (relative * relative);
    weights += weight;
    level += weight *
             (std::log(width.tangent.relative_error) - exponent * std::log(static_cast<double>(width.width)));
  }
  plot::Series line{.label = std::move(label), .mark = mark};
  for (const WidthCheck& width : check.widths) {
    line.x.push_back(static_cast<double>(width.width));
    line.y.push_back(std::exp(level / weights + exponent * std::log(line.x.back())));
  }
  return line;
}

}  // namespace

plot::Figure check_figure(const Check& check, const CheckHeading& heading) {
  plot::LinePanel panel{.title = "Relative error of theory, largest entry",
                        .x = {.label = "width n", .spacing = plot::Spacing::logarithmic},
                        .y = {.label = "relative error", .spacing = plot::Spacing::logarithmic}};
  for (const bool tangent : {false, true}) {
    plot::Series series{.label = tangent ? "Θ, output's tangent kernel" : "G, covariance of signals",
                        .mark = plot::Mark::points};
    for (const WidthCheck& width : check.widths) {
      const KernelError& error = tangent ? width.tangent : width.forward;
      if (!(error.relative_error > 0)) continue;  // nothing that a logarithmic axis could show
      series.x.push_back(static_cast<double>(width.width));
      series.y.push_back(error.relative_error);
      series.errors.push_back(error.standard_error);
    }
    if (!series.x.empty()) panel.series.push_back(std::move(series));
  }
  if (check.slope) {
    panel.series.push_back(power(
        check, check.slope->exponent,
        "fit, slope " + rounded(check.slope->exponent, 3) + " ± " + rounded(check.slope->standard_error, 2),
        plot::Mark::line));
    panel.series.push_back(power(check, -1, "theory, slope −1", plot::Mark::dashed));
  }
  return {.title = heading.model,
          .subtitle = "Random networks against theory for " + heading.input + ", " + samples_text(check),
          .rows = {{panel}}};
}

}  // namespace widthwise::program
