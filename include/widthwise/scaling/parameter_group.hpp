// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "widthwise/scaling/monomial.hpp"

namespace widthwise {

/// An order-one initialization coefficient and the name it has in formulas, such as C_Q.
struct Coefficient {
  std::string symbol = {};
  double value = 1;

  bool operator==(const Coefficient&) const = default;
};

/// What a rule for deep models says of a group (scaling/depth.hpp); all 1 without one.
struct DepthScale {
  Monomial variance = {};    ///< multiplies the variance of an entry
  Monomial multiplier = {};  ///< stands before the parameter in the network
  Monomial passed = {};      ///< multiplies the gradient on its way to the group
  Monomial sharers = {};     ///< how many groups of this kind move the output together

  bool operator==(const DepthScale&) const = default;
};

/// Parameters that are initialized and trained alike: what a layer states, and all that scaling is read off
/// from.
struct ParameterGroup {
  std::string name = {};                 ///< patch, WE, cls, PE, Q, K, V, U, W, X, head, head_bias, …
  std::string symbol = {};               ///< the paper's name of the tensor, such as W_patch
  std::vector<std::int64_t> shape = {};  ///< of one tensor
  std::int64_t copies = 1;               ///< how many such tensors there are
  std::optional<Coefficient> coefficient = {};  ///< C_G; a group that starts at zero has none
  double start = 0;              ///< what entries are drawn around, such as 1 for a norm's gains
  Monomial fan_in = {};          ///< the variance of an entry is C_G / fan_in (Eqs. 1.25–1.34)
  Monomial order = {};           ///< power of widths in the expected squared gradient Σ_μ (∂z/∂θ_μ)²
  Monomial active = {};          ///< number of parameters that share that gradient
  bool head = false;             ///< the gradient does not pass through the head's weight
  double learning_rate = 1;      ///< Λ_G, of order one; 0 freezes the group
  std::vector<int> blocks = {};  ///< the blocks it belongs to; empty for stem and head
  std::string part = {};         ///< "encoder" or "decoder" of a network that has both; else empty
  DepthScale depth = {};

  /// All parameters of the group.
  /// Throws std::invalid_argument where a size is not positive or the number exceeds 64 bits.
  std::int64_t parameters() const {
    std::int64_t product = 1;
    const auto multiply = [&](std::int64_t size, const char* what) {
      if (size < 1) detail::reject(what, " of group ", name, " must be positive, but is ", size);
      if (product > std::numeric_limits<std::int64_t>::max() / size)
        detail::reject("group ", name, " has more parameters than a 64-bit integer holds");
      product *= size;
    };
    for (const std::int64_t size : shape) multiply(size, "a size");
    multiply(copies, "the number of copies");
    return product;
  }

  bool operator==(const ParameterGroup&) const = default;
};

/// The name of a group among those of a whole network, as in "Q" or "encoder.Q".
inline std::string part_name(const ParameterGroup& group) {
  return group.part.empty() ? group.name : group.part + "." + group.name;
}

/// Whether the group's matrices read and write the width: neither embedding nor head nor vector.
inline bool is_hidden_matrix(const ParameterGroup& group) {
  return !group.head && group.fan_in.power("n") > 0 && group.active.power("n") > group.fan_in.power("n");
}

/// The numbers a group's tensor writes; its lit ones only where an embedding reads one column at a time.
inline Monomial fan_out(const ParameterGroup& group) {
  return group.active / group.fan_in;
}

/// The parameter groups of a whole model, and what its scaling depends on besides them.
struct ModelGroups {
  std::vector<ParameterGroup> groups;
  Monomial width;               ///< n
  bool tied_head = false;       ///< the head is the word embedding read backwards
  std::string depth_rule = {};  ///< the name of the rule for deep models; empty without one
  Monomial skip = {};           ///< multiplies the stream beside every residual branch
};

/// What biases and gains of layer norm are, which the models here have none of: n numbers that each read one
/// and write one, like a positional embedding.
inline ParameterGroup vector_group(const ModelGroups& model) {
  return {.name = "vectors",
          .symbol = "b",
          .shape = {static_cast<std::int64_t>(model.width.value())},
          .active = model.width};
}

}  // namespace widthwise
