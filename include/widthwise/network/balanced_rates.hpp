// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "widthwise/network/flow.hpp"
#include "widthwise/network/parameter_groups.hpp"

namespace widthwise {

/// Parts of the output's tangent kernel that groups are to have, by name ("Q", "PE", …), relative to each
/// other.
using Shares = std::map<std::string, double, std::less<>>;

/// A group of one name in all blocks, before and after.
template <class Scalar>
struct BalancedGroup {
  std::string name;
  double former_rate = 1;      ///< Λ in the flow
  Scalar former_share = 0;     ///< of the mean diagonal of the output's tangent kernel
  Scalar share = 0;            ///< the same under the new Λ
  Estimate<Scalar> rate = {};  ///< the new Λ; its standard error is at most this
};

/// Learning-rate coefficients that give groups their shares.
template <class Scalar>
struct Balance {
  std::vector<BalancedGroup<Scalar>> groups;  ///< those that were chosen, in the order of the network
  LearningRates learning_rates;  ///< of the whole network: the new ones, and the others as they were
};

namespace detail {

/// What groups of one name add to the mean diagonal of the output's tangent kernel at Λ = 1.
template <class Scalar>
struct GroupSum {
  std::string name;
  double rate;
  Estimate<Scalar> at_one = {Scalar(0), Scalar(0)};
};

template <class Scalar, class Network>
std::vector<GroupSum<Scalar>> group_sums(const Flow<Scalar>& flow, const Network& network) {
  std::map<std::string, const GroupFlow<Scalar>*, std::less<>> flows;
  for (const auto& group : flow.groups) flows.emplace(group.name, &group);
  const auto groups = parameter_groups(network).groups;
  std::vector<GroupSum<Scalar>> sums;
  for (const auto& group : groups) {
    const auto found = flows.find(qualified_name(group));
    if (found == flows.end())
      reject("the flow has no group \"", qualified_name(group), "\", so it is not that of the network");
    auto sum = std::find_if(sums.begin(), sums.end(), [&](const auto& s) { return s.name == group.name; });
    if (sum == sums.end()) sum = sums.insert(sums.end(), {group.name, group.learning_rate});
    // Blocks share their draws, so their errors may all point one way.
    const auto order = static_cast<Scalar>(group.order.value());
    sum->at_one.value += found->second->squared_gradient.value / order;
    sum->at_one.standard_error += found->second->squared_gradient.standard_error / order;
  }
  return sums;
}

}  // namespace detail

/// The order-one coefficients Λ_G with which chosen groups contribute to the output's tangent kernel in the
/// proportions asked for, while together they contribute as much as before.
///
/// The kernel is Σ_G Λ_G c_G, and no c_G depends on any Λ (theory §3), so Λ_G = share · (Σ Λ c) / c_G; groups
/// of one name share their Λ among all blocks. Without shares, all groups that are trained get equal ones.
/// These are proportions on the input of the flow, at initialization, under SGD. Throws std::invalid_argument
/// where flow and network do not fit, a name is that of no group, a share is negative or not finite, or a
/// group contributes nothing whatever its Λ.
template <class Scalar, class Network>
Balance<Scalar> balanced_rates(const Flow<Scalar>& flow, const Network& network, Shares shares = {}) {
  const auto sums = detail::group_sums(flow, network);
  if (shares.empty())
    for (const auto& group : sums)
      if (group.rate > 0) shares[group.name] = 1;
  Scalar whole = 0, chosen = 0, chosen_error = 0, parts = 0;
  for (const auto& [name, share] : shares) {
    if (!(share >= 0 && share <= std::numeric_limits<double>::max()))
      detail::reject("the share of ", name, " must be a number that is not negative, but is ", share);
    if (std::none_of(sums.begin(), sums.end(), [&, &known = name](const auto& s) { return s.name == known; }))
      detail::reject("the network has no group ", name, " that could have a share");
    parts += static_cast<Scalar>(share);
  }
  for (const auto& group : sums) {
    const auto rate = static_cast<Scalar>(group.rate);
    whole += rate * group.at_one.value;
    if (!shares.contains(group.name)) continue;
    if (!(group.at_one.value > 0))
      detail::reject(group.name,
                     " contributes nothing to the output's tangent kernel on this input, so no "
                     "learning rate gives it a share");
    chosen += rate * group.at_one.value;
    chosen_error += rate * group.at_one.standard_error;
  }
  if (!(parts > 0 && chosen > 0))
    detail::reject("the chosen groups have nothing to share: all their ",
                   parts > 0 ? "learning rates" : "shares", " are zero");

  Balance<Scalar> balance{{}, network.learning_rates};
  for (const auto& group : sums) {
    const auto asked = shares.find(group.name);
    if (asked == shares.end()) continue;
    const Scalar part = static_cast<Scalar>(asked->second) / parts * chosen, rate = part / group.at_one.value,
                 error = chosen_error / chosen + group.at_one.standard_error / group.at_one.value;
    balance.groups.push_back({group.name,
                              group.rate,
                              static_cast<Scalar>(group.rate) * group.at_one.value / whole,
                              part / whole,
                              {rate, rate * error}});
    balance.learning_rates[group.name] = static_cast<double>(rate);
  }
  return balance;
}

}  // namespace widthwise
