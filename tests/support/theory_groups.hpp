// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/plan_line.hpp"
#include "widthwise/scaling.hpp"

namespace widthwise::test {

/// Sizes of a model with every group of theory §5's table.
struct Sizes {
  std::int64_t width = 768, multiplier = 4, patch = 768, tokens = 196, outputs = 1000, vocabulary = 50265;
  int layers = 12;

  Monomial n() const { return {"n", static_cast<double>(width)}; }
  Monomial m() const { return {"M", static_cast<double>(multiplier)}; }
  Monomial n_patch() const { return {"n_patch", static_cast<double>(patch)}; }
  Monomial n_out() const { return {"n_out", static_cast<double>(outputs)}; }

  /// What the symbols of printed formulas stand for, coefficients included.
  std::map<std::string, double> numbers() const {
    return {{"n", n().value()},
            {"M", m().value()},
            {"n_patch", n_patch().value()},
            {"n_out", n_out().value()},
            {"C_patch", 1},
            {"C_PE", 0.0004},
            {"C_cls", 0.25},
            {"C_WE", 0.75},
            {"C_Q", 0.5},
            {"C_K", 0.5},
            {"C_V", 0.5},
            {"C_U", 1.0 / 3},
            {"C_W", 0.4},
            {"C_X", 1.6},
            {"C_head", 1}};
  }
};

inline ParameterGroup patch(const Sizes& z) {
  return {.name = "patch",
          .symbol = "W_patch",
          .shape = {z.width, z.patch},
          .coefficient = Coefficient{"C_patch", 1},
          .fan_in = z.n_patch(),
          .order = z.n_patch(),
          .active = z.n() * z.n_patch()};
}

inline ParameterGroup word_embedding(const Sizes& z) {
  return {.name = "WE",
          .symbol = "W_WE",
          .shape = {z.width, z.vocabulary},
          .coefficient = Coefficient{"C_WE", 0.75},
          .active = z.n()};
}

inline ParameterGroup positional_embedding(const Sizes& z) {
  return {.name = "PE",
          .symbol = "b_PE",
          .shape = {z.tokens, z.width},
          .coefficient = Coefficient{"C_PE", 0.0004},
          .active = z.n()};
}

inline ParameterGroup class_token(const Sizes& z) {
  return {.name = "cls",
          .symbol = "b_cls",
          .shape = {z.width},
          .coefficient = Coefficient{"C_cls", 0.25},
          .active = z.n()};
}

inline ParameterGroup attention_matrix(const Sizes& z, const std::string& name, double c, int block) {
  return {.name = name,
          .symbol = name,
          .shape = {z.width, z.width},
          .coefficient = Coefficient{"C_" + name, c},
          .fan_in = z.n(),
          .order = z.n(),
          .active = pow(z.n(), 2),
          .blocks = {block}};
}

inline ParameterGroup mlp_input(const Sizes& z, int block) {
  return {.name = "W",
          .symbol = "W",
          .shape = {z.multiplier * z.width, z.width},
          .coefficient = Coefficient{"C_W", 0.4},
          .fan_in = z.n(),
          .order = z.n(),
          .active = z.m() * pow(z.n(), 2),
          .blocks = {block}};
}

inline ParameterGroup mlp_output(const Sizes& z, int block) {
  return {.name = "X",
          .symbol = "X",
          .shape = {z.width, z.multiplier * z.width},
          .coefficient = Coefficient{"C_X", 1.6},
          .fan_in = z.m() * z.n(),
          .order = z.m() * z.n(),
          .active = z.m() * pow(z.n(), 2),
          .blocks = {block}};
}

inline ParameterGroup head_weight(const Sizes& z) {
  return {.name = "head",
          .symbol = "W_head",
          .shape = {z.outputs, z.width},
          .coefficient = Coefficient{"C_head", 1},
          .fan_in = z.n(),
          .order = z.n(),
          .active = z.n() * z.n_out(),
          .head = true};
}

inline ParameterGroup head_bias(const Sizes& z) {
  return {.name = "head_bias", .symbol = "b_head", .shape = {z.outputs}, .active = z.n_out(), .head = true};
}

inline void append_blocks(std::vector<ParameterGroup>& groups, const Sizes& z) {
  for (int layer = 0; layer < z.layers; ++layer) {
    const int attention = 2 + 2 * layer;
    groups.push_back(attention_matrix(z, "Q", 0.5, attention));
    groups.push_back(attention_matrix(z, "K", 0.5, attention));
    groups.push_back(attention_matrix(z, "V", 0.5, attention));
    groups.push_back(attention_matrix(z, "U", 1.0 / 3, attention));
    groups.push_back(mlp_input(z, attention + 1));
    groups.push_back(mlp_output(z, attention + 1));
  }
}

/// ViT-B/16 of the paper's Part II by default.
inline ModelGroups vision(const Sizes& z = {}) {
  ModelGroups model{{patch(z), positional_embedding(z)}, z.n()};
  append_blocks(model.groups, z);
  model.groups.push_back(head_weight(z));
  model.groups.push_back(head_bias(z));
  return model;
}

/// A language model whose head is its word embedding.
inline ModelGroups tied_language(const Sizes& z = {}) {
  ModelGroups model{{word_embedding(z), positional_embedding(z)}, z.n(), true};
  append_blocks(model.groups, z);
  return model;
}

}  // namespace widthwise::test
