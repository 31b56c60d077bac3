// SPDX-License-Identifier: MIT
#include "check/measure.hpp"

namespace widthwise::program {

Measurement<double> measure_networks(const Model& model, const Input& input, const MeasureOptions& options) {
  return measure(model, input, options);
}

}  // namespace widthwise::program
