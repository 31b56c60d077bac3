// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>

#include "widthwise/scaling/parameter_group.hpp"
#include "widthwise/scaling/tensor_shapes.hpp"

namespace widthwise::detail {

/// The sizes of a model as factors of formulas, and a record of what their symbols stand for.
class SizeSymbols {
 public:
  explicit SizeSymbols(std::int64_t width) : n_(symbol("n", static_cast<double>(width))) {}

  const Monomial& n() const { return n_; }
  const std::map<std::string, std::set<double>>& values() const { return values_; }

  /// n_K for a size that stays, M_K n for one that goes with the width; M alone is that of the MLP.
  Monomial size(const Extent& extent, const std::string& name) {
    if (!extent.ratio) return symbol("n_" + name, static_cast<double>(extent.size));
    if (name == "MLP") return symbol("M", *extent.ratio) * n_;
    return *extent.ratio == 1 ? n_ : symbol("M_" + name, *extent.ratio) * n_;
  }

 private:
  Monomial symbol(const std::string& name, double value) {
    values_[name].insert(value);
    return {name, value};
  }

  std::map<std::string, std::set<double>> values_;
  Monomial n_;
};

inline bool is_embedding(const std::string& role) {
  return role == "patch" || role == "WE" || role == "cls" || role == "PE";
}

/// Whether a group's size beside the width is that inside an MLP.
inline bool is_inside_mlp(const std::string& role) {
  return role == "W" || role == "gate" || role == "X";
}

/// Throws std::invalid_argument where a matrix does not go with the width as its role does.
inline void require_growth(const GrownTensor& tensor, const std::string& role, const Extent& side) {
  const bool keys = role == "K" || role == "V";  // of groups of heads: as many at all widths, or more
  const bool stays = is_embedding(role) || role == "head";
  if (stays && side.ratio)
    reject(tensor.text(), " grows with the width in both directions, so it is no ",
           role == "head" ? "head" : "embedding");
  if (!stays && !keys && !side.ratio)
    reject(tensor.text(), " has ", side.size,
           " channels at every width beside the width itself, where both should grow");
  if (role == "cls" && side.size != 1) reject(tensor.text(), " holds ", side.size, " class tokens, not one");
}

/// What reads the input: patches by all their entries, everything else by one row at a time.
inline ParameterGroup embedding_group(const std::string& role, std::int64_t n, const Extent& side,
                                      SizeSymbols& symbols) {
  ParameterGroup group{.name = role, .coefficient = Coefficient{"C_" + role, 1}};
  group.symbol = (role == "PE" || role == "cls" ? "b_" : "W_") + role;
  group.shape = {n, side.size};
  if (role == "PE") group.shape = {side.size, n};
  if (role == "cls") group.shape = {n};
  if (role == "patch") group.fan_in = group.order = symbols.size(side, role);
  group.active = symbols.n() * group.fan_in;
  return group;
}

/// A matrix between the width and its other side: its order is its fan-in, and all its entries share the
/// gradient.
inline ParameterGroup matrix_group(const std::string& role, std::int64_t n, const Extent& side,
                                   SizeSymbols& symbols) {
  const bool writes = role == "U" || role == "X", head = role == "head";
  const Monomial other = symbols.size(side, is_inside_mlp(role) ? "MLP" : head ? "out" : role);
  ParameterGroup group{.name = role, .symbol = role, .coefficient = Coefficient{"C_" + role, 1}};
  if (head || role == "gate") group.symbol = "W_" + role;
  group.shape = writes ? std::vector<std::int64_t>{n, side.size} : std::vector<std::int64_t>{side.size, n};
  group.fan_in = group.order = writes ? other : symbols.n();
  group.active = symbols.n() * other;
  group.head = head;
  return group;
}

/// A bias or a gain: every entry multiplies a number of order one, and its gradient is the signal's.
inline ParameterGroup vector_group(const std::string& role, bool bias, const Extent& size,
                                   SizeSymbols& symbols) {
  const bool head = role == "head", mlp = is_inside_mlp(role) && role != "X";
  ParameterGroup group{.name = role + (bias ? "_bias" : ""), .symbol = (bias ? "b_" : "g_") + role};
  group.shape = {size.size};
  group.start = bias ? 0 : 1;
  group.active = symbols.size(size, mlp ? "MLP" : head ? "out" : role);
  group.head = head;
  return group;
}

}  // namespace widthwise::detail
