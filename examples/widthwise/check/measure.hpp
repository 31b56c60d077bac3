// SPDX-License-Identifier: MIT
#pragma once

#include "input/input.hpp"
#include "widthwise/finite/measure.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"

namespace widthwise::program {

/// widthwise::measure for models that were read; a file of its own for each kind, for it takes long to
/// compile.
Measurement<double> measure_networks(const Model& model, const Input& input, const MeasureOptions& options);
Measurement<double> measure_networks(const EncoderDecoderModel& model, const InputPair& input,
                                     const MeasureOptions& options);

}  // namespace widthwise::program
