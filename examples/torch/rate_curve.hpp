// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sweep_runs.hpp"

namespace widthwise::training {

/// Which loss a sweep is judged by.
enum class Metric { held_out, train };

/// What the curves of all widths have in common.
struct CurveFamily {
  Task task = Task::vision;
  std::string strategy;
  std::string position = {};  ///< "PE × n", "PE / n", "PE × 3": what Λ_PE is; empty for 1

  std::string name() const { return position.empty() ? strategy : strategy + ", " + position; }
  bool operator==(const CurveFamily&) const = default;
};

/// Losses against learning rates at one width, from seeds that have them all.
struct RateCurve {
  CurveFamily family;
  std::int64_t width = 0;
  std::vector<double> log2_rates = {};  ///< increasing
  std::vector<std::vector<double>> losses =
      {};  ///< of each rate, one for each seed; infinite where training failed
  std::vector<std::uint64_t> seeds = {};
  std::int64_t failed = 0;  ///< runs that broke off or ended above the loss they began with

  /// Mean over seeds at a rate; infinite where one of them failed.
  double mean(std::size_t rate) const;
  /// Standard error of the mean over seeds; NaN for a single seed.
  double standard_error(std::size_t rate) const;
};

/// The curves of a sweep, families in order of first appearance and their widths increasing; a curve without
/// a complete seed, or of fewer than three rates, is left out. `file` is what errors call the runs. Throws
/// InputError where runs of a curve differ in more than rate and seed.
std::vector<RateCurve> rate_curves(const std::vector<SweepRun>& runs, Metric metric, const std::string& file);

/// The rate of least loss.
struct Optimum {
  double log2_rate = 0;
  double loss = 0;
  /// Of log2_rate, from leaving out one seed at a time; NaN for a single seed.
  double standard_error = 0;
  /// Of the loss.
  double loss_error = 0;
  /// Whether a parabola through three points found it. Else the best rate is the first or the last, or stands
  /// beside one at which training failed, and log2_rate is on the grid.
  bool inside = false;
};

/// The least mean loss: the vertex of the parabola through the best rate and its neighbours, in log2 of the
/// rate. Empty where training failed at all rates.
std::optional<Optimum> optimum(const RateCurve& curve);

/// What it costs to take a rate to another width: how much larger the loss is, in nats.
struct CarriedCost {
  double loss = 0;
  double standard_error = 0;  ///< over seeds; NaN for a single one
};

/// The wide model's mean loss at the narrow one's best rate of the grid, less that at its own. Empty where
/// the wide one was not trained at that rate, or training failed there.
std::optional<CarriedCost> carried_cost(const RateCurve& narrow, const RateCurve& wide);

/// How the best rate goes with the width.
struct Transfer {
  CurveFamily family;
  std::vector<double> widths = {};
  std::vector<Optimum> optima = {};
  /// Standard errors of log2 of the best rates. How far a single seed's scatters is taken from all curves of
  /// the task together, for a few seeds of one know it badly, and widened by Student's factor. NaN where no
  /// curve has two seeds.
  std::vector<double> errors = {};
  /// η* ~ n^exponent, fitted with those errors. Empty with fewer than two widths or a best rate that is not
  /// inside.
  std::optional<double> exponent = {};
  double exponent_error = 0;
};

std::vector<Transfer> transfers(const std::vector<RateCurve>& curves);

}  // namespace widthwise::training
