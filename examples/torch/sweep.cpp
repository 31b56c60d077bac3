// SPDX-License-Identifier: MIT
#include "sweep.hpp"

#include <cmath>

#include "options.hpp"
#include "widthwise/scaling/parse.hpp"

namespace widthwise::training {

RateGrid parse_rate_grid(const std::string& text) {
  const std::size_t second = text.rfind(':'), first = second == 0 || second == std::string::npos
                                                          ? std::string::npos
                                                          : text.rfind(':', second - 1);
  if (first == std::string::npos)
    detail::reject("should be a strategy and two exponents of 2, such as hybrid:-3:5, but is ", text);
  RateGrid grid{
      text.substr(0, first),
      static_cast<int>(program::parse_whole_number(text.substr(first + 1, second - first - 1), -100, 100)),
      static_cast<int>(program::parse_whole_number(text.substr(second + 1), -100, 100))};
  if (grid.first > grid.last) detail::reject("should have the smaller exponent first, but is ", text);
  parse_strategy(grid.strategy);
  return grid;
}

PositionRate parse_position_rate(const std::string& text) {
  if (text == "width") return {.power = 1};
  if (text == "1/width") return {.power = -1};
  return {.number = program::parse_positive_number(text)};
}

std::vector<TrainingSettings> sweep_runs(const SweepSettings& sweep) {
  std::vector<TrainingSettings> runs;
  for (std::int64_t seed = 0; seed < sweep.seeds; ++seed)
    for (const std::int64_t width : sweep.widths)
      for (const RateGrid& grid : sweep.grids)
        for (int exponent = grid.first; exponent <= grid.last; ++exponent) {
          TrainingSettings run = sweep.every;
          run.plan.sizes = sizes_of(sweep.task, sweep.every.plan.sizes);
          run.plan.sizes.width = width;
          run.plan.strategy = grid.strategy;
          run.plan.position_rate = sweep.position_rate.at(width);
          run.learning_rate = std::ldexp(1.0, exponent);
          run.seed = static_cast<std::uint64_t>(seed);
          runs.push_back(run);
        }
  return runs;
}

void run_sweep(const SweepSettings& sweep, const Data& data, SweepFile& file, const Progress& progress) {
  const std::vector<TrainingSettings> runs = sweep_runs(sweep);
  for (const TrainingSettings& run : runs) make_plan(run.plan);  // refuses before hours of work
  // Progress counts multiplications, of which a wide model has more.
  const auto work = [](const TrainingSettings& run) {
    return run.plan.sizes.width * (run.plan.sizes.width + 64);
  };
  std::int64_t total = 0, done = 0;
  std::vector<const TrainingSettings*> left;
  for (const TrainingSettings& run : runs)
    if (!file.has(run)) {
      total += work(run);
      left.push_back(&run);
    }
  for (const TrainingSettings* run : left) {
    const TrainingRun trained = train(*run, data, [&](std::int64_t step, std::int64_t steps) {
      if (progress) progress(done + work(*run) * step / steps, total);
    });
    file.append({*run, trained.initial_loss, trained.train_loss, trained.held_out_loss});
    done += work(*run);
  }
}

}  // namespace widthwise::training
