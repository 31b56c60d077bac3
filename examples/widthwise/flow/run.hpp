// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "input/input.hpp"
#include "model_file.hpp"
#include "widthwise/network/flow.hpp"

namespace widthwise::program {

/// The part of widthwise::FlowOptions that users of the program choose.
struct FlowSettings {
  double tolerance = 1e-3;
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0 means all there are
  Index max_draws = 1 << 20;
};

/// Called as a flow goes on, with done and total steps of a round, counted from 0.
using FlowReporter = std::function<void(Index done, Index total, Index round)>;

/// widthwise::propagate for models that were read, compiled once.
/// Throws std::invalid_argument where a kernel of the result is not finite, naming the block.
Flow<double> run_flow(const Model& model, const Input& input, const FlowSettings& settings,
                      const FlowReporter& reporter = {});
Flow<double> run_flow(const EncoderDecoderModel& model, const InputPair& input, const FlowSettings& settings,
                      const FlowReporter& reporter = {});

}  // namespace widthwise::program
