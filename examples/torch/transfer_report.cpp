// SPDX-License-Identifier: MIT
#include "transfer_report.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "output/number_text.hpp"
#include "output/table.hpp"

namespace widthwise::training {

namespace {

using program::rounded;
using program::Table;
namespace plot = program::plot;
using Align = Table::Align;

// A number with as many decimals as two digits of its error have; with `digits` digits where it has no error.
std::string with_error(double value, double error, int digits) {
  if (!(error > 0) || !std::isfinite(error)) return rounded(value, digits);
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 9);
  std::ostringstream text;
  text << std::fixed << std::setprecision(decimals) << value << " ± " << error;
  return text.str();
}

std::string metric_name(Metric metric) {
  return metric == Metric::held_out ? "held-out loss" : "training loss";
}

// Best rates have the errors that the fit of the exponent takes.
double rate_error(const std::vector<Transfer>& all, const RateCurve& curve) {
  for (const Transfer& transfer : all)
    for (std::size_t i = 0; i < transfer.widths.size(); ++i)
      if (transfer.family == curve.family && transfer.widths[i] == static_cast<double>(curve.width))
        return transfer.errors[i];
  return std::nan("");
}

std::string optima_table(const std::vector<RateCurve>& curves, Metric metric) {
  Table table{{{"task"},
               {"strategy"},
               {"width", Align::right},
               {"seeds", Align::right},
               {"best η", Align::right},
               {"log2 of it", Align::right},
               {metric_name(metric) + " there", Align::right},
               {"runs that failed", Align::right}},
              {}};
  const std::vector<Transfer> all = transfers(curves);
  for (const RateCurve& curve : curves) {
    const auto found = optimum(curve);
    const double error = rate_error(all, curve);
    table.rows.push_back({to_string(curve.family.task), curve.family.name(), std::to_string(curve.width),
                          std::to_string(curve.seeds.size()),
                          found ? rounded(std::exp2(found->log2_rate), 3) : "–",
                          !found          ? "–"
                          : found->inside ? with_error(found->log2_rate, error, 3)
                                          : rounded(found->log2_rate, 3) + ", not inside",
                          found ? with_error(found->loss, found->loss_error, 4) : "–",
                          std::to_string(curve.failed) + " of " +
                              std::to_string(curve.seeds.size() * curve.log2_rates.size())});
  }
  return markdown(table);
}

std::string exponent_table(const std::vector<RateCurve>& curves) {
  Table table{{{"task"}, {"strategy"}, {"exponent of best η in n", Align::right}}, {}};
  for (const Transfer& transfer : transfers(curves))
    if (transfer.exponent)
      table.rows.push_back({to_string(transfer.family.task), transfer.family.name(),
                            with_error(*transfer.exponent, transfer.exponent_error, 2)});
  return table.rows.empty() ? "" : "\n" + markdown(table);
}

std::string carried_table(const std::vector<RateCurve>& curves) {
  Table table{{{"task"},
               {"strategy"},
               {"rate of width", Align::right},
               {"at width", Align::right},
               {"costs in nats", Align::right}},
              {}};
  // Curves of a family stand together, their widths increasing.
  for (auto narrow = curves.begin(); narrow != curves.end();) {
    const auto end = std::find_if(narrow, curves.end(),
                                  [&](const RateCurve& other) { return other.family != narrow->family; });
    const RateCurve& wide = *(end - 1);
    if (const auto cost = carried_cost(*narrow, wide); cost && wide.width > narrow->width)
      table.rows.push_back({to_string(wide.family.task), wide.family.name(), std::to_string(narrow->width),
                            std::to_string(wide.width), with_error(cost->loss, cost->standard_error, 2)});
    narrow = end;
  }
  return table.rows.empty() ? "" : "\n" + markdown(table);
}

plot::LinePanel curve_panel(const std::vector<RateCurve>& curves, const CurveFamily& family, Metric metric) {
  plot::LinePanel panel{.title = to_string(family.task) + ": " + family.name(),
                        .x = {.label = "learning rate η", .spacing = plot::Spacing::logarithmic},
                        .y = {.label = metric_name(metric)}};
  for (const RateCurve& curve : curves) {
    if (curve.family != family) continue;
    plot::Series series{.label = "n = " + std::to_string(curve.width)};
    for (std::size_t rate = 0; rate < curve.log2_rates.size(); ++rate) {
      if (!std::isfinite(curve.mean(rate))) continue;
      series.x.push_back(std::exp2(curve.log2_rates[rate]));
      series.y.push_back(curve.mean(rate));
      if (curve.seeds.size() > 1) series.errors.push_back(curve.standard_error(rate));
    }
    if (!series.x.empty()) panel.series.push_back(std::move(series));
  }
  return panel;
}

// Best rates over their geometric mean, so that strategies can be compared.
plot::LinePanel transfer_panel(const std::vector<Transfer>& all, Task task) {
  plot::LinePanel panel{.title = to_string(task) + ": where the best learning rate goes",
                        .x = {.label = "width n", .spacing = plot::Spacing::logarithmic},
                        .y = {.label = "best η over its mean", .spacing = plot::Spacing::logarithmic}};
  for (const Transfer& transfer : all) {
    if (transfer.family.task != task || transfer.widths.size() < 2) continue;
    plot::Series series{.label = transfer.family.name() +
                                 (transfer.exponent
                                      ? ": n^" + with_error(*transfer.exponent, transfer.exponent_error, 2)
                                      : std::string())};
    double mean = 0;
    for (const Optimum& found : transfer.optima)
      mean += found.log2_rate / static_cast<double>(transfer.optima.size());
    for (std::size_t i = 0; i < transfer.widths.size(); ++i) {
      series.x.push_back(transfer.widths[i]);
      series.y.push_back(std::exp2(transfer.optima[i].log2_rate - mean));
      if (std::isfinite(transfer.errors[i]))
        series.errors.push_back(series.y.back() * std::log(2.0) * transfer.errors[i]);
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

}  // namespace

std::string transfer_tables(const std::vector<RateCurve>& curves, Metric metric) {
  return optima_table(curves, metric) + exponent_table(curves) + carried_table(curves);
}

plot::Figure transfer_figure(const std::vector<RateCurve>& curves, Metric metric) {
  std::vector<Task> tasks;
  std::vector<std::string> names;
  const auto add = [](auto& list, const auto& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  };
  for (const RateCurve& curve : curves) {
    add(tasks, curve.family.task);
    add(names, curve.family.name());
  }
  plot::Figure figure{
      .title = "Learning rates that transfer, and others",
      .subtitle =
          "AdamW in libtorch, means over seeds with standard errors; η multiplies the factors of the plan"};
  for (const std::string& name : names) {
    auto& row = figure.rows.emplace_back();
    for (const Task task : tasks) {
      const auto is_here = [&](const RateCurve& curve) {
        return curve.family.task == task && curve.family.name() == name;
      };
      const auto curve = std::find_if(curves.begin(), curves.end(), is_here);
      if (curve == curves.end()) continue;
      if (plot::LinePanel panel = curve_panel(curves, curve->family, metric); !panel.series.empty())
        row.push_back(std::move(panel));
    }
    if (row.empty()) figure.rows.pop_back();
  }
  const std::vector<Transfer> all = transfers(curves);
  std::vector<plot::Panel> last;
  for (const Task task : tasks)
    if (plot::LinePanel panel = transfer_panel(all, task); !panel.series.empty())
      last.push_back(std::move(panel));
  if (!last.empty()) figure.rows.push_back(std::move(last));
  return figure;
}

}  // namespace widthwise::training
