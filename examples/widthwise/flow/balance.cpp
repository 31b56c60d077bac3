// SPDX-License-Identifier: MIT
#include "flow/balance.hpp"

#include <algorithm>
#include <stdexcept>

#include "input/input_error.hpp"
#include "listed.hpp"
#include "options.hpp"

namespace widthwise::program {

Shares parse_shares(const std::vector<std::string>& words, const AnyModel& model) {
  std::vector<std::string> known;
  const auto groups = std::visit([](const auto& held) { return parameter_groups(held).groups; }, model);
  for (const auto& group : groups)
    if (std::find(known.begin(), known.end(), group.name) == known.end()) known.push_back(group.name);
  Shares shares;
  if (words == std::vector<std::string>{"all"}) return shares;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw InputError("--balance", name, "is none of the model's groups: " + listed(known));
    try {
      const double share = equals == std::string::npos ? 1 : parse_positive_number(word.substr(equals + 1));
      if (!shares.emplace(name, share).second) detail::reject("stands twice");
    } catch (const std::invalid_argument& error) {
      throw InputError("--balance", name, error.what());
    }
  }
  return shares;
}

Balance<double> balance_flow(const Flow<double>& flow, const AnyModel& model, const Shares& shares) {
  try {
    return std::visit([&](const auto& held) { return balanced_rates(flow, held, shares); }, model);
  } catch (const std::invalid_argument& error) {
    throw InputError("--balance", "", error.what());
  }
}

}  // namespace widthwise::program
