// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "widthwise/scaling/parameter_group.hpp"

namespace widthwise {

/// Where a group stands in a deep model: n_layers layers of attention and MLP, of which this is the l-th.
struct DepthPosition {
  Monomial layers;  ///< n_layers
  Monomial index;   ///< l, counted from 1

  static Monomial number(int value) { return {std::to_string(value), static_cast<double>(value)}; }
};

/// What a rule for deep models changes at a group inside a residual branch: `variance` multiplies the
/// variance of the group's entries, `branch` what the branch adds to the stream, `skip` the stream it is
/// added to.
template <class T>
concept DepthRule = std::copyable<T> &&
    requires(const T& rule, const ParameterGroup& group, const DepthPosition& at) {
  { rule.name() } -> std::convertible_to<std::string_view>;
  { rule.variance(group, at) } -> std::same_as<Monomial>;
  { rule.branch(at) } -> std::same_as<Monomial>;
  { rule.skip(at) } -> std::same_as<Monomial>;
};

/// Every branch times n_layers^(−α), and learning rates with which all layers together move the output by
/// order one.
///
/// The gradient of a weight in a branch has the factor n_layers^(−α), and n_layers such weights move the
/// output alike. So rates follow from the group's order as at any width, divided by n_layers: n_layers^(2α−1)
/// under SGD, n_layers^(α−1) under Adam. α = 1/2 is depth-μP, α = 1 is CompleteP (arXiv 2505.01618, whose
/// Adam rates these are).
class BranchMultiplier {
 public:
  /// Throws std::invalid_argument unless 0 ≤ α ≤ 1.
  explicit BranchMultiplier(double exponent) : exponent_(exponent) {
    if (!(0 <= exponent && exponent <= 1))
      detail::reject("the exponent of the branches must lie in [0, 1], but is ", exponent);
  }

  std::string_view name() const {
    return exponent_ == 0.5 ? "depth-mup" : exponent_ == 1 ? "completep" : "branch-multiplier";
  }
  double exponent() const { return exponent_; }

  static Monomial variance(const ParameterGroup&, const DepthPosition&) { return {}; }
  Monomial branch(const DepthPosition& at) const { return pow(at.layers, -exponent_); }
  static Monomial skip(const DepthPosition&) { return {}; }

 private:
  double exponent_;
};

namespace detail {

/// Whether a branch adds what the group's matrix gives.
inline bool ends_branch(const ParameterGroup& group) {
  return group.name == "U" || group.name == "X";
}

/// Whether a branch is of third or lower order in the group and its like: all but queries, keys and gates.
inline bool carries_branch(const ParameterGroup& group) {
  return ends_branch(group) || group.name == "V" || group.name == "W";
}

/// A rule that leaves branches as they are.
struct PlainBranches {
  static Monomial branch(const DepthPosition&) { return {}; }
  static Monomial skip(const DepthPosition&) { return {}; }
};

}  // namespace detail

/// Variances of the matrices that end a branch divided by their number 2 n_layers (GPT-2's report,
/// section 2.3; nanoGPT, Megatron). Learning rates stay as they are.
struct Gpt2Init : detail::PlainBranches {
  static constexpr std::string_view name() { return "gpt2"; }

  static Monomial variance(const ParameterGroup& group, const DepthPosition& at) {
    return detail::ends_branch(group) ? Monomial{} / (DepthPosition::number(2) * at.layers) : Monomial{};
  }
};

/// Deviations of V, U, W and X times 0.67 n_layers^(−1/4), for encoders without layer norm (T-Fixup; Huang et
/// al., ICML 2020, section 3). It wants Xavier's initialization before it, C = 1 for square matrices.
struct TFixup : detail::PlainBranches {
  static constexpr std::string_view name() { return "t-fixup"; }

  static Monomial variance(const ParameterGroup& group, const DepthPosition& at) {
    return detail::carries_branch(group) ? pow(Monomial{"0.67", 0.67}, 2) / sqrt(at.layers) : Monomial{};
  }
};

/// Deviations of V, U, W and X divided by (8 n_layers)^(1/4), and the stream beside a branch multiplied by
/// (2 n_layers)^(1/4), for layer norm behind the sum (DeepNorm; arXiv 2203.00555, of encoders or decoders
/// alone).
struct DeepNorm {
  static constexpr std::string_view name() { return "deepnorm"; }

  static Monomial variance(const ParameterGroup& group, const DepthPosition& at) {
    return detail::carries_branch(group) ? Monomial{} / sqrt(DepthPosition::number(8) * at.layers)
                                         : Monomial{};
  }
  static Monomial branch(const DepthPosition&) { return {}; }
  static Monomial skip(const DepthPosition& at) { return pow(DepthPosition::number(2) * at.layers, 0.25); }
};

/// Variances of all matrices of the l-th layer divided by l (DS-Init; arXiv 1908.11365).
struct DsInit : detail::PlainBranches {
  static constexpr std::string_view name() { return "ds-init"; }

  static Monomial variance(const ParameterGroup&, const DepthPosition& at) { return Monomial{} / at.index; }
};

/// A rule that is chosen when the program runs.
using AnyDepthRule = std::variant<BranchMultiplier, Gpt2Init, TFixup, DeepNorm, DsInit>;

/// The rule that a word stands for.
/// Throws std::invalid_argument listing what is accepted.
inline AnyDepthRule parse_depth_rule(std::string_view text) {
  std::string known;
  for (const AnyDepthRule& rule :
       {AnyDepthRule(BranchMultiplier(0.5)), AnyDepthRule(BranchMultiplier(1)), AnyDepthRule(Gpt2Init{}),
        AnyDepthRule(TFixup{}), AnyDepthRule(DeepNorm{}), AnyDepthRule(DsInit{})}) {
    const std::string name(std::visit([](const auto& r) { return r.name(); }, rule));
    if (text == name) return rule;
    known += (known.empty() ? "" : ", ") + name;
  }
  detail::reject("a rule for deep models is one of ", known, ", but not \"", text, "\"");
}

/// The number of layers of a model whose blocks are attention and MLP in turn: half its residual branches.
/// Throws std::invalid_argument for encoder–decoders and for models that do not say which block a group is
/// in.
inline int layer_count(const ModelGroups& model) {
  std::set<int> blocks;
  for (const ParameterGroup& group : model.groups) {
    if (!group.part.empty())
      detail::reject("rules for deep models are for one stack of blocks, but group ", part_name(group),
                     " is of an encoder or decoder");
    blocks.insert(group.blocks.begin(), group.blocks.end());
  }
  if (blocks.empty()) detail::reject("a rule for deep models needs blocks, but no group says which it is in");
  if (blocks.size() % 2 != 0)
    detail::reject("a rule for deep models counts attention and MLP as one layer, but the model has ",
                   blocks.size(), " blocks");
  return static_cast<int>(blocks.size() / 2);
}

/// The model under a rule for deep models: plan it as any other.
///
/// Groups outside the blocks stay as they are. Multipliers of branches stand before U and X, the matrices
/// that end them, which is the same. Throws std::invalid_argument where a rule is there already, and as
/// `layers`.
template <DepthRule Rule>
ModelGroups with_depth(ModelGroups model, const Rule& rule) {
  if (!model.depth_rule.empty())
    detail::reject("the model follows ", model.depth_rule, " already and cannot follow ", rule.name(),
                   " too");
  const int count = layer_count(model);
  int first = std::numeric_limits<int>::max();
  for (const ParameterGroup& group : model.groups)
    for (const int block : group.blocks) first = std::min(first, block);
  DepthPosition at{{"n_layers", static_cast<double>(count)}, {}};
  model.depth_rule = rule.name();
  model.skip = rule.skip(at);
  std::vector<ParameterGroup> groups;
  for (const ParameterGroup& held : model.groups)
    if (held.blocks.empty()) {
      groups.push_back(held);
    } else {
      for (const int block : held.blocks) {  // of which a rule may treat each in its own way
        ParameterGroup group = held;
        group.copies = held.copies / static_cast<std::int64_t>(held.blocks.size());
        group.blocks = {block};
        at.index = {"l", static_cast<double>((block - first) / 2 + 1)};
        group.depth.variance = rule.variance(group, at);
        const Monomial branch = rule.branch(at);
        if (branch != Monomial{}) {
          (detail::ends_branch(group) ? group.depth.multiplier : group.depth.passed) = branch;
          group.depth.sharers = at.layers;
        }
        groups.push_back(std::move(group));
      }
    }
  model.groups = std::move(groups);
  return model;
}

inline ModelGroups with_depth(const ModelGroups& model, const AnyDepthRule& rule) {
  return std::visit([&](const auto& held) { return with_depth(model, held); }, rule);
}

}  // namespace widthwise
