// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model_groups.hpp"

namespace widthwise::training {

class Data;

/// One training with AdamW: its rate grows linearly over the first tenth of the steps and falls to zero as a
/// cosine.
struct TrainingSettings {
  PlanRequest plan;
  double learning_rate = 1;  ///< η, times every group's factor
  double weight_decay = 0;  ///< a step shrinks every weight by η · weight_decay, as the rate's schedule has η
  std::int64_t steps = 250;
  std::int64_t batch = 32;
  std::uint64_t seed = 0;  ///< of the first weights and of the order of examples
};

/// What came of it; losses are mean cross-entropies in nats.
struct TrainingRun {
  std::vector<double> losses = {};  ///< of each step's batch, before the step
  double initial_loss = 0;          ///< of what is held out, before the first step
  double train_loss = 0;            ///< mean over the last tenth of the steps
  double held_out_loss = 0;         ///< after the last step
};

using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Trains a model of its own. Training stops where a loss is not finite; what is left is NaN then.
///
/// The same seed gives the same first weights under the same plan, and the same examples whatever the model.
/// Throws std::invalid_argument.
TrainingRun train(const TrainingSettings& settings, const Data& data, const Progress& progress = {});

/// The factor of the learning rate in a step, from 0 on.
double schedule(std::int64_t step, std::int64_t steps);

}  // namespace widthwise::training
