// SPDX-License-Identifier: MIT
#include "flow/contact.hpp"

#include <stdexcept>

#include "input/input_error.hpp"

namespace widthwise::program {

namespace {

template <class AnyNetwork, class AnyInput>
ContactTerms<double> contact_of(const AnyNetwork& model, const AnyInput& input, const Flow<double>& flow) {
  try {
    return contact_terms(model, input, flow);
  } catch (const std::invalid_argument& error) {
    throw InputError("--contact-terms", "", error.what());
  }
}

}  // namespace

ContactTerms<double> contact_flow(const Model& model, const Input& input, const Flow<double>& flow) {
  return contact_of(model, input, flow);
}
ContactTerms<double> contact_flow(const EncoderDecoderModel& model, const InputPair& input,
                                  const Flow<double>& flow) {
  return contact_of(model, input, flow);
}

ContactSummary contact_summary(const ContactItem<double>& item, const Flow<double>& flow) {
  double forward = 0, tangent = 0, added = 0;
  for (std::size_t i = 0; i < item.rows.size(); ++i) {
    const Index row = item.rows[i];
    forward += flow.output_forward.value(row, row);
    tangent += flow.output_tangent.value(row, row);
    added += item.tangent(static_cast<Index>(i), row);
  }
  return {item.mean.mean(), item.mean.squaredNorm() / forward, added / tangent};
}

}  // namespace widthwise::program
