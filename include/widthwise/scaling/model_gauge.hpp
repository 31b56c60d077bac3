// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include "widthwise/scaling/relative_plan.hpp"

namespace widthwise {

/// Where the freedom of multipliers goes.
enum class Gauge {
  no_multipliers,  ///< every multiplier is one: what frameworks without multipliers can train
  unit_variance,   ///< every tensor is drawn with deviation one, as in NTK parameterization and unit scaling
  unit_rate,       ///< every group learns at the model's rate η, as optimizers without groups do
};

/// The same training of a whole model in another gauge, as `regauge` has it for one tensor.
///
/// Groups that start at zero keep their gauge under unit variance, frozen ones under unit rate. Decay that
/// does not go through the group's learning rate stays. A tied head's tensor has one multiplier in both its
/// places; `output_multiplier` stays. Throws std::invalid_argument where a multiplier is not positive, or
/// where an optimizer whose rates follow the parameters' size is asked for unit rates.
template <GaugedOptimizer O>
TunedModel regauge(TunedModel model, const O& optimizer, Gauge gauge) {
  for (auto& [name, blocks, tensor] : model.groups) {
    if (!(tensor.multiplier > 0))
      detail::reject("the multiplier of group ", name, " must be positive, but is ", tensor.multiplier);
    double theta = 1;
    if (gauge == Gauge::no_multipliers) theta = 1 / tensor.multiplier;
    if (gauge == Gauge::unit_variance && tensor.init_std > 0) theta = tensor.init_std;
    if (gauge == Gauge::unit_rate && tensor.learning_rate > 0) {
      if (O::gauge_power() == 0)
        detail::reject("no multiplier changes the learning rates of ", optimizer.name());
      theta = std::pow(tensor.learning_rate / model.learning_rate, 1.0 / O::gauge_power());
    }
    const double decay = tensor.weight_decay;
    tensor = regauge(tensor, optimizer, theta);
    if (model.decay != DecayConvention::coupled) tensor.weight_decay = decay;
  }
  return model;
}

}  // namespace widthwise
