// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "model_file.hpp"
#include "widthwise/network/balanced_rates.hpp"

namespace widthwise::program {

/// The shares that words ask for: GROUP=SHARE, or GROUP for a share of 1; none for the word `all` alone,
/// which is every group that is trained. Throws InputError, also for a group that the model has not.
Shares parse_shares(const std::vector<std::string>& words, const AnyModel& model);

/// widthwise::balanced_rates for models that were read, compiled once. Throws InputError.
Balance<double> balance_flow(const Flow<double>& flow, const AnyModel& model, const Shares& shares);

}  // namespace widthwise::program
