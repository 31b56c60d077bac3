// SPDX-License-Identifier: MIT
#include "flow/run_any.hpp"

namespace widthwise::program {

Flow<double> run_flow(const Model& model, const Input& input, const FlowSettings& settings,
                      const FlowReporter& reporter) {
  return run_any_flow(model, input, settings, reporter);
}

}  // namespace widthwise::program
