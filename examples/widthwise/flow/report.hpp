// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "widthwise/network/balanced_rates.hpp"
#include "widthwise/network/contact_terms.hpp"

namespace widthwise::program {

/// What a report says besides the flow itself.
struct FlowHeading {
  std::string model = {};  ///< what the model is called, and its sizes
  std::string input = {};  ///< where the samples come from
  double tolerance = 1e-3;
  std::uint64_t seed = 0;
  bool kernels = false;  ///< whether whole kernels are wanted
  std::optional<Balance<double>> balance = {};
  std::optional<ContactTerms<double>> contact = {};
};

/// A flow for people: one line for every block, one for every kind of parameter, and the standard errors.
std::string flow_table(const Flow<double>& flow, const FlowHeading& heading);

/// One value a line, with the block, group and entry that it belongs to and its standard error where it has
/// one.
std::string flow_csv(const Flow<double>& flow, const FlowHeading& heading);

/// Everything, in the fields that docs and tests rely on. The same flow gives the same bytes.
std::string flow_json(const Flow<double>& flow, const FlowHeading& heading);

}  // namespace widthwise::program
