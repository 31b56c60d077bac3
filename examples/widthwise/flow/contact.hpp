// SPDX-License-Identifier: MIT
#pragma once

#include "input/input.hpp"
#include "model_file.hpp"
#include "widthwise/network/contact_terms.hpp"

namespace widthwise::program {

/// widthwise::contact_terms for models that were read, compiled once. Throws InputError.
ContactTerms<double> contact_flow(const Model& model, const Input& input, const Flow<double>& flow);
ContactTerms<double> contact_flow(const EncoderDecoderModel& model, const InputPair& input,
                                  const Flow<double>& flow);

/// An item's contact terms over the outputs that read it, in the units of the regular kernels' mean
/// diagonals.
struct ContactSummary {
  double mean;           ///< of the outputs that read the item
  double forward_ratio;  ///< mean square of that, to the mean diagonal of G there
  double tangent_ratio;  ///< mean diagonal of what is added to Θ, to that of Θ there
};
ContactSummary contact_summary(const ContactItem<double>& item, const Flow<double>& flow);

}  // namespace widthwise::program
