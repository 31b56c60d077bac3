// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "widthwise/kernel/input.hpp"
#include "widthwise/layer/pool.hpp"
#include "widthwise/layer/token_stem.hpp"
#include "widthwise/network/blocks.hpp"
#include "widthwise/network/flow.hpp"

namespace widthwise {

/// What weight tying does to one output component, that of a vocabulary item which the network reads itself
/// (Eqs. 1.85–1.87, 1.187). Entries between outputs that do not read it are zero, and not kept.
template <class Scalar>
struct ContactItem {
  Index item;
  std::vector<Index> rows;  ///< outputs that read the item: rows, or samples where the head pools
  Vector<Scalar> mean;      ///< of the component, for each of `rows`: √n times a number of order one
  Matrix<Scalar> tangent;   ///< what is added to Θ, between `rows` and all outputs

  /// What is added to E[z zᵀ] between `rows`, n times a number of order one beside a G of order one.
  Matrix<Scalar> forward() const { return mean * mean.transpose(); }

  /// The mean of all outputs.
  Vector<Scalar> whole_mean() const {
    Vector<Scalar> whole = Vector<Scalar>::Zero(tangent.cols());
    whole(rows) = mean;
    return whole;
  }

  /// What is added to Θ, between all outputs.
  Matrix<Scalar> whole_tangent() const {
    Matrix<Scalar> whole = Matrix<Scalar>::Zero(tangent.cols(), tangent.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      whole.row(rows[i]) = tangent.row(static_cast<Index>(i));
      whole.col(rows[i]) = tangent.row(static_cast<Index>(i)).transpose();
    }
    return whole;
  }
};

/// The contact terms of a tied head at leading order, at s = 0; items that the head's part of the network
/// does not read have none.
template <class Scalar>
struct ContactTerms {
  TokenLayout layout;  ///< of the rows that reach the head
  std::vector<ContactItem<Scalar>> items;
};

namespace detail {

/// The layer norms on the way from the last stem to the output that no branch leads around: those among the
/// blocks, and the head's. A signal passes them from first to last, a gradient from last to first.
template <class Scalar>
class SkipPath {
 public:
  SkipPath(const Flow<Scalar>& flow, std::vector<Index> items, Scalar embedding)
      : items_(std::move(items)), embedding_(embedding) {
    const std::string& part = flow.blocks.back().part;
    for (std::size_t b = 1; b < flow.blocks.size(); ++b) {
      const auto &block = flow.blocks[b], &before = flow.blocks[b - 1];
      if (block.part != part || before.part != part) continue;
      if (block.kind != "norm" && block.kind != "head") continue;
      // F = G/(G + ε), so that one over the deviation follows without asking for ε.
      norms_.push_back({block.normalized.value, before.tangent.value,
                        (block.normalized.value.diagonal().array() / before.forward.value.diagonal().array())
                            .sqrt()
                            .matrix()});
    }
  }

  std::size_t norms() const { return norms_.size(); }
  /// Θ of what a norm reads.
  const Matrix<Scalar>& tangent(std::size_t norm) const { return norms_[norm].tangent; }
  /// One over the deviation that a norm divides a row by.
  Scalar factor(std::size_t norm, Index row) const { return norms_[norm].factors(row); }

  /// s·W/n of a row's signal behind a norm and an item's embedding: C_WE times what the norms have left of
  /// the word, where the row reads it.
  Scalar with_word(std::size_t norm, Index row, Index item) const {
    if (items_[static_cast<std::size_t>(row)] != item) return 0;
    return embedding_ * product(0, norm + 1, row);
  }

  /// s·s/n of two rows' signals behind two norms: branches between them are independent of what they are
  /// added to.
  Scalar with_signal(std::size_t norm, Index row, std::size_t other, Index other_row) const {
    if (norm > other) return with_signal(other, other_row, norm, row);
    return product(norm + 1, other + 1, other_row) * norms_[norm].normalized(row, other_row);
  }

  /// A gradient of an output component that came down the skip path: w W + Σ_k c_k s_k, s_k the row's signal
  /// behind norm k, times N_rescale.
  struct Gradient {
    Index item, row;
    Scalar word;
    std::vector<Scalar> signals;
  };

  /// Before the head's norm is passed.
  Gradient start(Index item, Index row) const {
    return {item, row, 1, std::vector<Scalar>(norms_.size(), Scalar(0))};
  }

  /// s_k·g/n
  Scalar overlap(std::size_t norm, Index row, const Gradient& g) const {
    Scalar sum = g.word * with_word(norm, row, g.item);
    for (std::size_t k = 0; k < norms_.size(); ++k)
      if (g.signals[k] != 0) sum += g.signals[k] * with_signal(norm, row, k, g.row);
    return sum;
  }

  /// Through a norm: (1 − s sᵀ/n) g over the deviation.
  Gradient below(std::size_t norm, Gradient g) const {
    g.signals[norm] -= overlap(norm, g.row, g);
    const Scalar factor = norms_[norm].factors(g.row);
    g.word *= factor;
    for (Scalar& signal : g.signals) signal *= factor;
    return g;
  }

  /// g·g'/n of two components that are the same item.
  Scalar product(const Gradient& a, const Gradient& b) const {
    Scalar sum = a.word * b.word * embedding_;
    for (std::size_t k = 0; k < norms_.size(); ++k) {
      if (a.signals[k] != 0) sum += a.signals[k] * overlap(k, a.row, b);
      if (b.signals[k] != 0) sum += a.word * b.signals[k] * with_word(k, b.row, a.item);
    }
    return sum;
  }

 private:
  struct Norm {
    Matrix<Scalar> normalized, tangent;
    Vector<Scalar> factors;
  };

  Scalar product(std::size_t first, std::size_t end, Index row) const {
    Scalar product = 1;
    for (std::size_t k = first; k < end; ++k) product *= norms_[k].factors(row);
    return product;
  }

  std::vector<Index> items_;
  Scalar embedding_;
  std::vector<Norm> norms_;
};

/// The contact terms of one item.
template <class Scalar>
ContactItem<Scalar> contact_item(const SkipPath<Scalar>& path, const std::vector<Index>& items, Index item,
                                 Scalar width, Scalar embedding_rate, const Matrix<Scalar>& pooling) {
  const auto rows = static_cast<Index>(items.size());
  const std::size_t last = path.norms() - 1;
  std::vector<Index> reading;
  // Gradients below every norm, the head's first.
  std::vector<std::vector<typename SkipPath<Scalar>::Gradient>> gradients(static_cast<std::size_t>(rows));
  for (Index t = 0; t < rows; ++t) {
    if (items[static_cast<std::size_t>(t)] == item) reading.push_back(t);
    auto& below = gradients[static_cast<std::size_t>(t)];
    below.push_back(path.start(item, t));
    for (std::size_t k = path.norms(); k-- > 0;) below.push_back(path.below(k, below.back()));
  }
  const auto count = static_cast<Index>(reading.size());
  Vector<Scalar> mean(count);
  Matrix<Scalar> tangent = Matrix<Scalar>::Zero(count, rows);
  for (Index r = 0; r < count; ++r) {
    const Index i = reading[static_cast<std::size_t>(r)];
    mean(r) = std::sqrt(width) * path.with_word(last, i, item);
    const auto& first = gradients[static_cast<std::size_t>(i)];
    for (Index j = 0; j < rows; ++j) {
      const auto& second = gradients[static_cast<std::size_t>(j)];
      // Each norm takes away what lies along its signal; what is below it learns less.
      for (std::size_t step = 0; step < path.norms(); ++step) {
        const std::size_t k = last - step;
        const Scalar change = path.product(first[step + 1], second[step + 1]) -
                              path.factor(k, i) * path.factor(k, j) * path.product(first[step], second[step]);
        tangent(r, j) += change * path.tangent(k)(i, j);
      }
      // The item's embedding moves the output as the head's weight and as the row's input.
      tangent(r, j) += embedding_rate * path.overlap(last, j, first.back());
      if (items[static_cast<std::size_t>(j)] == item) {
        tangent(r, j) += embedding_rate * path.overlap(last, i, second.back());
        tangent(r, j) /= 2;  // it is there twice, as (r, j) and as (j, r)
      }
    }
  }
  const Matrix<Scalar> pooled_rows = pooling(Eigen::all, reading);
  const Matrix<Scalar> half = pooled_rows * tangent * pooling.transpose(), whole = half + half.transpose();
  const Vector<Scalar> pooled_mean = pooled_rows * mean;
  ContactItem<Scalar> contact{item, {}, {}, {}};
  for (Index output = 0; output < pooling.rows(); ++output)
    if ((pooled_rows.row(output).array() != 0).any()) contact.rows.push_back(output);
  contact.mean = pooled_mean(contact.rows);
  contact.tangent = whole(contact.rows, Eigen::all);
  return contact;
}

template <class Network>
const TokenStem& head_stem(const Network& network) {
  if constexpr (requires { network.decoder_stem; }) {
    return network.decoder_stem;
  } else {
    return visit_one(network.stem, [](const auto& stem) -> const TokenStem& {
      if constexpr (std::is_same_v<std::decay_t<decltype(stem)>, TokenStem>)
        return stem;
      else
        reject("contact terms: the network reads no tokens");
    });
  }
}

template <class Input>
const TokenIds& head_input(const Input& input) {
  if constexpr (requires { input.target; }) {
    return input.target;
  } else {
    return visit_one(input, [](const auto& held) -> const TokenIds& {
      if constexpr (std::is_same_v<std::decay_t<decltype(held)>, TokenIds>)
        return held;
      else
        reject("contact terms: the input holds no tokens");
    });
  }
}

template <class Network>
void require_tied(const Network& network) {
  if (!visit_one(network.head, [](const auto& head) { return head.tied; }))
    reject("contact terms: the head is not tied to a word embedding, so that there are none");
}

}  // namespace detail

/// The contact terms of weight tying at leading order in 1/n, for every item that the head's part of the
/// network reads: a decoder's own tokens, not those of its encoder (Eqs. 1.85–1.87, 1.187;
/// docs/encoder-decoder.md).
///
/// `flow` is that of the network and the input; no kernel of it contains them. Throws std::invalid_argument
/// where the head is not tied, or flow and input do not fit.
template <class Scalar, class Network, class Input>
ContactTerms<Scalar> contact_terms(const Network& network, const Input& input, const Flow<Scalar>& flow) {
  detail::require_tied(network);
  const TokenStem& stem = detail::head_stem(network);
  const TokenIds& tokens = detail::head_input(input);
  if (!(flow.layout == tokens.layout) || flow.blocks.size() < 2)
    detail::reject("contact terms: the flow is not that of the input");
  const detail::SkipPath<Scalar> path(flow, tokens.ids, static_cast<Scalar>(stem.coefficients.embedding));
  const auto width = static_cast<Scalar>(network.sizes.width);
  const auto rate = static_cast<Scalar>(network.learning_rate("WE"));
  const Matrix<Scalar> pooling = pooling_matrix<Scalar>(network.pool(), flow.layout);
  ContactTerms<Scalar> terms{flow.layout, {}};
  for (const Index item : std::set<Index>(tokens.ids.begin(), tokens.ids.end()))
    terms.items.push_back(detail::contact_item(path, tokens.ids, item, width, rate, pooling));
  return terms;
}

}  // namespace widthwise
