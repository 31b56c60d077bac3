// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include "flow/run.hpp"
#include "widthwise/network/encoder_decoder.hpp"
#include "widthwise/network/propagate.hpp"

namespace widthwise::program {

/// Throws std::invalid_argument where a number of the flow is not finite: coefficients that are numbers one
/// by one can still overflow in products.
inline void require_finite(const Flow<double>& flow) {
  for (const auto& block : flow.blocks)
    for (const auto* kernel : {&block.forward, &block.normalized, &block.tangent, &block.backward})
      if (!kernel->value.allFinite() || !kernel->standard_error.allFinite())
        detail::reject("the kernels of ", block.part, block.part.empty() ? "block " : " block ", block.index,
                       " (", block.kind,
                       ") are not finite: the coefficients of the model are too large or too small");
  for (const auto& group : flow.groups)
    if (!std::isfinite(group.tangent.value + group.squared_gradient.value + group.per_parameter.value))
      detail::reject("the gradient of ", group.name,
                     " is not finite: the coefficients of the model are too large");
}

/// `run_flow` of any network; a file of its own for each kind, for it takes long to compile.
template <class AnyNetwork, class AnyInput>
Flow<double> run_any_flow(const AnyNetwork& model, const AnyInput& input, const FlowSettings& settings,
                          const FlowReporter& reporter) {
  FlowOptions<> options;
  options.tolerance = settings.tolerance;
  options.seed = settings.seed;
  options.threads = settings.threads;
  options.max_draws = settings.max_draws;
  if (reporter)
    options.progress = [&](const FlowProgress& progress) {
      reporter(progress.done, progress.total, progress.round);
    };
  Flow<double> flow = propagate<double>(model, input, options);
  require_finite(flow);
  return flow;
}

}  // namespace widthwise::program
