// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/finite/context.hpp"
#include "widthwise/layer/patch_stem.hpp"
#include "widthwise/layer/token_stem.hpp"

namespace widthwise {

/// A stem of finite width: the sum over its weights of what each makes of its own input.
template <class Scalar>
class FiniteStem {
 public:
  /// What a weight reads, in the order of the stem's groups; `transposed` where it stands in y = x W, not
  /// x Wᵀ.
  struct Term {
    LinearInput<Scalar> input;
    bool transposed = false;
    std::size_t weight = 0;  ///< in the network; set by the stem
  };

  FiniteStem(TokenLayout layout, std::vector<Term> terms) : layout_(layout), terms_(std::move(terms)) {
    for (std::size_t i = 0; i < terms_.size(); ++i) terms_[i].weight = i;
  }

  /// Takes the weights with these numbers, in place of the network's first ones.
  void use_weights(const std::vector<std::size_t>& weights) {
    for (std::size_t i = 0; i < terms_.size(); ++i) terms_[i].weight = weights[i];
  }

  /// Of the network's rows: a class token is the first of its sample.
  TokenLayout layout() const { return layout_; }

  Matrix<Scalar> output(const FiniteContext<Scalar>& context) const {
    Matrix<Scalar> signal = Matrix<Scalar>::Zero(layout_.rows(), context.sizes.width);
    for (const Term& term : terms_) {
      const Matrix<Scalar>& stored = context.weights[term.weight];
      const Matrix<Scalar> weight = term.transposed ? Matrix<Scalar>(stored.transpose()) : stored;
      std::visit([&](const auto& input) { detail::add_product(signal, input, weight); }, term.input);
    }
    return signal;
  }

  template <class Sink>
  void pull(const Matrix<Scalar>& cotangents, Sink&& sink) const {
    for (const Term& term : terms_)
      std::visit(
          [&](const auto& input) {
            if (term.transposed)
              sink.transposed(term.weight, cotangents, input);
            else
              sink(term.weight, cotangents, input);
          },
          term.input);
  }

 private:
  TokenLayout layout_;
  std::vector<Term> terms_;
};

namespace detail {

inline OneHot positions(TokenLayout layout, Index size) {
  OneHot input{{}, size};
  for (Index row = 0; row < layout.rows(); ++row) input.columns.push_back(layout.position(row));
  return input;
}

}  // namespace detail

/// W_patch x + b_PE, and b_cls in the first row of every sample (Eqs. 1.25, 1.40; footnote 4).
template <class Scalar>
FiniteStem<Scalar> stem_at_finite_width(const PatchStem& stem, const Patches<Scalar>& patches) {
  const TokenLayout layout = stem.template embed<Scalar>(patches).layout;  // refuses what does not fit
  const Index front = layout.tokens - stem.tokens;
  Matrix<Scalar> rows = Matrix<Scalar>::Zero(layout.rows(), stem.inputs);
  OneHot is_class{std::vector<Index>(static_cast<std::size_t>(layout.rows()), -1), 1};
  for (Index a = 0; a < layout.samples; ++a) {
    rows.middleRows(layout.first_row(a) + front, stem.tokens) =
        patches.values.middleRows(patches.layout.first_row(a), stem.tokens);
    is_class.columns[static_cast<std::size_t>(layout.first_row(a))] = 0;
  }
  std::vector<typename FiniteStem<Scalar>::Term> terms;
  terms.push_back({std::move(rows)});
  if (front > 0) terms.push_back({std::move(is_class)});
  terms.push_back({detail::positions(layout, layout.tokens), true});
  return {layout, std::move(terms)};
}

/// The word's column of W_WE + b_PE (Eqs. 1.26, 1.44).
template <class Scalar>
FiniteStem<Scalar> stem_at_finite_width(const TokenStem& stem, const TokenIds& input) {
  const TokenLayout layout = stem.template embed<Scalar>(input).layout;
  std::vector<typename FiniteStem<Scalar>::Term> terms;
  terms.push_back({OneHot{input.ids, stem.vocabulary}});
  terms.push_back({detail::positions(layout, stem.tokens), true});
  return {layout, std::move(terms)};
}

}  // namespace widthwise
