// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "sweep_runs.hpp"

namespace widthwise::training {

/// The learning rates of one strategy: 2^first … 2^last.
struct RateGrid {
  std::string strategy;
  int first = 0;
  int last = 0;
};

/// "hybrid:-3:5". Throws std::invalid_argument.
RateGrid parse_rate_grid(const std::string& text);

/// What Λ_PE is: number · n^power.
struct PositionRate {
  double number = 1;
  int power = 0;

  double at(std::int64_t width) const { return number * std::pow(static_cast<double>(width), power); }
};

/// "width", "1/width" or a number. Throws std::invalid_argument.
PositionRate parse_position_rate(const std::string& text);

/// Everything that a sweep is to train.
struct SweepSettings {
  Task task = Task::vision;
  std::vector<RateGrid> grids;
  std::vector<std::int64_t> widths = {64, 128, 256};
  std::int64_t seeds = 3;
  PositionRate position_rate = {};
  TrainingSettings every = {};  ///< what all runs share; task, strategy, width, rates and seed are set
};

/// All runs, those of the first seed first: a sweep that is stopped early has whole curves.
std::vector<TrainingSettings> sweep_runs(const SweepSettings& sweep);

/// Trains what is not in the file yet.
void run_sweep(const SweepSettings& sweep, const Data& data, SweepFile& file, const Progress& progress = {});

}  // namespace widthwise::training
