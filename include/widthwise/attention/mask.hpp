// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "widthwise/kernel/layout.hpp"

namespace widthwise {

/// Which keys each query row may see; the same for every sample, of which a shorter one takes the first rows
/// and columns.
class Mask {
 public:
  enum class Kind { none, causal, custom };
  using Visible = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

  /// Every query sees every key.
  static Mask none() { return Mask(Kind::none); }

  /// A query sees the keys at its own position and before.
  static Mask causal() { return Mask(Kind::causal); }

  /// `visible(query, key)` says what is seen. Throws std::invalid_argument where a query sees no key at all.
  static Mask custom(Visible visible) {
    for (Index query = 0; query < visible.rows(); ++query)
      if (!visible.row(query).any()) detail::reject("mask: query ", query, " sees no key");
    Mask mask(Kind::custom);
    mask.visible_ = std::move(visible);
    return mask;
  }

  Kind kind() const { return kind_; }

  bool visible(Index query, Index key) const {
    switch (kind_) {
      case Kind::none:
        return true;
      case Kind::causal:
        return key <= query;
      case Kind::custom:
        return visible_(query, key);
    }
    return true;
  }

  /// The number of keys that a query sees, of `keys` in all.
  Index count(Index query, Index keys) const {
    Index seen = 0;
    for (Index key = 0; key < keys; ++key) seen += visible(query, key) ? 1 : 0;
    return seen;
  }

  /// Whether all of `queries` see the same of `keys` keys, as they do where keys are padding.
  bool same_for_all(Index queries, Index keys) const {
    for (Index query = 1; query < queries; ++query)
      for (Index key = 0; key < keys; ++key)
        if (visible(query, key) != visible(0, key)) return false;
    return true;
  }

  /// Throws std::invalid_argument where a custom mask is not made for this many queries and keys.
  void require_shape(Index queries, Index keys) const {
    if (kind_ == Kind::custom && (visible_.rows() != queries || visible_.cols() != keys))
      detail::reject("mask is made for ", visible_.rows(), " queries and ", visible_.cols(),
                     " keys, but there are ", queries, " and ", keys);
    if (kind_ == Kind::causal && queries != keys)
      detail::reject("a causal mask needs as many keys as queries, but there are ", keys, " and ", queries);
  }

  /// Throws std::invalid_argument where some sample's queries and keys are not what the mask is made for, or
  /// a query sees no key of a sample that is shorter than others.
  void require_fit(const TokenLayout& queries, const TokenLayout& keys) const {
    if (queries.samples != keys.samples)
      detail::reject("attention: queries have ", queries.samples, " samples and keys ", keys.samples);
    require_shape(queries.tokens, keys.tokens);
    if (kind_ == Kind::none || (queries.same_length() && keys.same_length())) return;
    for (Index sample = 0; sample < queries.samples; ++sample) {
      if (kind_ == Kind::causal) require_shape(queries.length(sample), keys.length(sample));
      for (Index query = 0; query < queries.length(sample); ++query)
        if (count(query, keys.length(sample)) == 0)
          detail::reject("mask: query ", query, " sees none of the ", keys.length(sample), " keys of sample ",
                         sample);
    }
  }

 private:
  explicit Mask(Kind kind) : kind_(kind) {}

  Kind kind_;
  Visible visible_;
};

}  // namespace widthwise
