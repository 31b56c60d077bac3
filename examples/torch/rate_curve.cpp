// SPDX-License-Identifier: MIT
#include "rate_curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "input/input_error.hpp"
#include "output/number_text.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/kernel/student.hpp"

namespace widthwise::training {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN(),
                 failed_loss = std::numeric_limits<double>::infinity();

std::string position_name(const PlanRequest& plan) {
  const auto width = static_cast<double>(plan.sizes.width);
  if (plan.position_rate == 1) return "";
  if (plan.position_rate == width) return "PE × n";
  if (plan.position_rate == 1 / width) return "PE / n";
  return "PE × " + program::rounded(plan.position_rate);
}

double judged(const SweepRun& run, Metric metric) {
  const double loss = metric == Metric::held_out ? run.held_out_loss : run.train_loss;
  // Not <, so that NaN is a failure.
  return loss <= run.initial_loss ? loss : failed_loss;
}

// All but rate and seed.
std::string common_key(TrainingSettings settings) {
  settings.learning_rate = 1;
  settings.seed = 0;
  return run_key(settings);
}

struct Runs {
  CurveFamily family;
  std::int64_t width;
  std::string key;
  std::map<double, std::map<std::uint64_t, double>> losses;  // by rate and seed
};

RateCurve curve_of(const Runs& runs) {
  RateCurve curve{.family = runs.family, .width = runs.width};
  std::map<std::uint64_t, std::size_t> rates_of_seed;
  for (const auto& [rate, seeds] : runs.losses)
    for (const auto& [seed, loss] : seeds) ++rates_of_seed[seed];
  for (const auto& [seed, rates] : rates_of_seed)
    if (rates == runs.losses.size()) curve.seeds.push_back(seed);
  for (const auto& [rate, seeds] : runs.losses) {
    curve.log2_rates.push_back(std::log2(rate));
    auto& losses = curve.losses.emplace_back();
    for (const std::uint64_t seed : curve.seeds) losses.push_back(seeds.at(seed));
    curve.failed += std::count(losses.begin(), losses.end(), failed_loss);
  }
  return curve;
}

// The least of a curve of means, by grid and by parabola.
std::optional<Optimum> least(const std::vector<double>& rates, const std::vector<double>& means) {
  const auto best = static_cast<std::size_t>(std::min_element(means.begin(), means.end()) - means.begin());
  if (means.empty() || !std::isfinite(means[best])) return {};
  Optimum found{.log2_rate = rates[best], .loss = means[best]};
  if (best == 0 || best + 1 == means.size() || !std::isfinite(means[best - 1]) ||
      !std::isfinite(means[best + 1]))
    return found;
  found.inside = true;
  // Newton's form of the parabola through three points, which need not be evenly spaced.
  const double x0 = rates[best - 1], x1 = rates[best], x2 = rates[best + 1];
  const double first = (means[best] - means[best - 1]) / (x1 - x0),
               second = (means[best + 1] - means[best]) / (x2 - x1);
  const double curvature = (second - first) / (x2 - x0);
  if (!(curvature > 0)) return found;  // three equal losses
  found.log2_rate = (x0 + x1) / 2 - first / (2 * curvature);
  found.loss = means[best - 1] + (found.log2_rate - x0) * (first + curvature * (found.log2_rate - x1));
  return found;
}

// Means over all seeds but one; over all where there is no seed of that place.
std::vector<double> means_without(const RateCurve& curve, std::size_t left_out) {
  std::vector<double> means;
  for (const auto& losses : curve.losses) {
    double sum = 0, count = 0;
    for (std::size_t seed = 0; seed < losses.size(); ++seed)
      if (seed != left_out) sum += losses[seed], ++count;
    means.push_back(sum / count);
  }
  return means;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squared_deviations(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += (value - mean_of(values)) * (value - mean_of(values));
  return squares;
}

double standard_error_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  return count < 2 ? none : std::sqrt(squared_deviations(values) / (count * (count - 1)));
}

// The jackknife's standard error, from values each of which leaves one of them out.
double jackknife(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  return std::sqrt((count - 1) / count * squared_deviations(values));
}

// How far log2 of a single seed's best rate scatters, from all curves of a task together.
double pooled_scatter(const std::vector<RateCurve>& curves, Task task) {
  double squares = 0;
  Index freedom = 0;
  for (const RateCurve& curve : curves) {
    const auto seeds = static_cast<double>(curve.seeds.size());
    const auto found = optimum(curve);
    if (curve.family.task != task || !found || !found->inside || seeds < 2) continue;
    squares += (seeds - 1) * seeds * found->standard_error * found->standard_error;
    freedom += static_cast<Index>(curve.seeds.size()) - 1;
  }
  return freedom == 0 ? none
                      : std::sqrt(squares / static_cast<double>(freedom)) * student_widening(freedom + 1);
}

Transfer transfer_of(std::vector<const RateCurve*> curves, double scatter) {
  std::sort(curves.begin(), curves.end(), [](const auto* a, const auto* b) { return a->width < b->width; });
  Transfer transfer{.family = curves.front()->family};
  std::vector<double> rates, rate_errors;
  bool inside = true;
  for (const RateCurve* curve : curves) {
    const auto found = optimum(*curve);
    if (!found) continue;
    transfer.widths.push_back(static_cast<double>(curve->width));
    transfer.optima.push_back(*found);
    transfer.errors.push_back(scatter / std::sqrt(static_cast<double>(curve->seeds.size())));
    rates.push_back(std::exp2(found->log2_rate));
    rate_errors.push_back(rates.back() * std::log(2.0) * transfer.errors.back());
    inside = inside && found->inside;
  }
  if (!inside || rates.size() < 2 || !(scatter > 0)) return transfer;
  const PowerLaw law = power_law(transfer.widths, rates, rate_errors);
  transfer.exponent = law.exponent;
  transfer.exponent_error = law.standard_error;
  return transfer;
}

}  // namespace

double RateCurve::mean(std::size_t rate) const {
  return mean_of(losses[rate]);
}

double RateCurve::standard_error(std::size_t rate) const {
  return standard_error_of(losses[rate]);
}

std::vector<RateCurve> rate_curves(const std::vector<SweepRun>& runs, Metric metric,
                                   const std::string& file) {
  std::vector<Runs> found;
  for (const SweepRun& run : runs) {
    const PlanRequest& plan = run.settings.plan;
    const CurveFamily family{plan.sizes.task, plan.strategy, position_name(plan)};
    const auto same = [&](const Runs& other) {
      return other.family == family && other.width == plan.sizes.width;
    };
    auto at = std::find_if(found.begin(), found.end(), same);
    if (at == found.end())
      at = found.insert(found.end(), {family, plan.sizes.width, common_key(run.settings), {}});
    if (at->key != common_key(run.settings))
      throw program::InputError(file, "",
                                "has runs of " + family.name() + " at width " +
                                    std::to_string(plan.sizes.width) +
                                    " that differ in more than learning rate and seed");
    at->losses[run.settings.learning_rate][run.settings.seed] = judged(run, metric);
  }
  std::vector<RateCurve> curves;
  for (const Runs& of_curve : found)
    if (RateCurve curve = curve_of(of_curve); !curve.seeds.empty() && curve.log2_rates.size() > 2)
      curves.push_back(std::move(curve));
  // Families stay in order of first appearance.
  const auto place = [&](const RateCurve& curve) {
    return std::find_if(found.begin(), found.end(),
                        [&](const Runs& other) { return other.family == curve.family; }) -
           found.begin();
  };
  std::stable_sort(curves.begin(), curves.end(), [&](const RateCurve& a, const RateCurve& b) {
    return std::pair(place(a), a.width) < std::pair(place(b), b.width);
  });
  return curves;
}

std::optional<Optimum> optimum(const RateCurve& curve) {
  const std::size_t seeds = curve.seeds.size();
  auto found = least(curve.log2_rates, means_without(curve, seeds));
  if (!found) return {};
  found->standard_error = found->loss_error = none;
  if (seeds < 2) return found;
  std::vector<double> rates, losses;
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    // Where all seeds together have a least loss, all but one have.
    const auto without = least(curve.log2_rates, means_without(curve, seed));
    rates.push_back(without->log2_rate);
    losses.push_back(without->loss);
  }
  found->standard_error = jackknife(rates);
  found->loss_error = jackknife(losses);
  return found;
}

std::optional<CarriedCost> carried_cost(const RateCurve& narrow, const RateCurve& wide) {
  const auto best_of = [](const RateCurve& curve) {
    const std::vector<double> means = means_without(curve, curve.seeds.size());
    return static_cast<std::size_t>(std::min_element(means.begin(), means.end()) - means.begin());
  };
  const auto& rates = wide.log2_rates;
  const auto carried = static_cast<std::size_t>(
      std::find(rates.begin(), rates.end(), narrow.log2_rates[best_of(narrow)]) - rates.begin());
  if (carried == rates.size() || !std::isfinite(wide.mean(carried))) return {};
  const std::size_t best = best_of(wide);
  std::vector<double> differences;
  for (std::size_t seed = 0; seed < wide.seeds.size(); ++seed)
    differences.push_back(wide.losses[carried][seed] - wide.losses[best][seed]);
  return CarriedCost{mean_of(differences), standard_error_of(differences)};
}

std::vector<Transfer> transfers(const std::vector<RateCurve>& curves) {
  std::vector<Transfer> all;
  for (const RateCurve& curve : curves) {
    const auto same = [&](const auto& other) {
      return other.family == curve.family;
    };
    if (std::any_of(all.begin(), all.end(), same)) continue;
    std::vector<const RateCurve*> family;
    for (const RateCurve& other : curves)
      if (same(other)) family.push_back(&other);
    if (Transfer transfer = transfer_of(family, pooled_scatter(curves, curve.family.task));
        !transfer.widths.empty())
      all.push_back(std::move(transfer));
  }
  return all;
}

}  // namespace widthwise::training
