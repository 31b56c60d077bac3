// SPDX-License-Identifier: MIT
#include "check/measure.hpp"
#include "widthwise/finite/encoder_decoder.hpp"

namespace widthwise::program {

Measurement<double> measure_networks(const EncoderDecoderModel& model, const InputPair& input,
                                     const MeasureOptions& options) {
  return measure(model, input, options);
}

}  // namespace widthwise::program
