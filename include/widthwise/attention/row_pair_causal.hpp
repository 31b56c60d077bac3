// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "widthwise/attention/row_pair_draws.hpp"
#include "widthwise/attention/row_pair_pushes.hpp"
#include "widthwise/gaussian/pair_grid.hpp"

namespace widthwise {

/// Sums over draws of rows that see the keys up to their own position, at the nodes of a grid (theory §4a,
/// §4c).
///
/// One more key turns a softmax p into (1−α)p + α·(that key), α its share of the weights so far. So every
/// expectation of a pair of rows follows from that of the pair before: first A p for longer and longer first
/// rows, then (A p)·q for longer and longer second rows, T² steps for all pairs of prefixes. Sixteen draws go
/// side by side.
template <class Scalar>
class CausalRowPairSums {
 public:
  CausalRowPairSums(const Matrix<Scalar>& keys, TokenLayout layout, const PairGrid<Scalar>& grid,
                    const LogitDraws& draws)
      : keys_(keys), layout_(layout), grid_(grid), draws_(draws) {}

  /// What the keys' kernel and another one become.
  RowPairPushes<Scalar> push(const Matrix<Scalar>& tangent) const {
    const Index n = keys_.rows();
    RowPairPushes<Scalar> sums = RowPairPushes<Scalar>::zero(n);
    const Matrix<Scalar> square = keys_.cwiseAbs2(), overlap = keys_.cwiseProduct(tangent);
    for_each_pair([&](Index a, Index m, const Shares& first, Index b, const Shares& second) {
      const Index t = layout_.tokens, nodes = second.cols() / t;
      // F p, A p, (F∘F) p, (A∘F) p for a first row of t₁ + 1 keys; and their dot products with q, of t₂ + 1
      // keys.
      std::vector<Four> through(static_cast<std::size_t>(t), Four::zero()),
          met(static_cast<std::size_t>(nodes));
      for (Index t1 = 0; t1 < t; ++t1) {
        const Index row = layout_.first_row(a) + t1;
        const Matrix<Scalar> weights = grid_.weights(row, m, b);
        const Lanes share = first.col(t1);
        std::fill(met.begin(), met.end(), Four::zero());
        for (Index t2 = 0; t2 < t; ++t2) {
          const Index column = layout_.first_row(b) + t2;
          Four& p = through[static_cast<std::size_t>(t2)];
          p.keys += share * (keys_(column, row) - p.keys);
          p.tangent += share * (tangent(column, row) - p.tangent);
          p.square += share * (square(column, row) - p.square);
          p.overlap += share * (overlap(column, row) - p.overlap);
          const Four one = {p.keys, p.tangent, p.square - 2 * p.keys * p.keys,
                            p.overlap - 2 * p.keys * p.tangent};
          Four sum = Four::zero();
          for (Index node = 0; node < nodes; ++node) {
            const Lanes next = second.col(t2 * nodes + node);
            const Scalar weight = weights(t2, node);
            Four q = met[static_cast<std::size_t>(node)];
            q.keys += next * (one.keys - q.keys);
            q.tangent += next * (one.tangent - q.tangent);
            q.square += next * (one.square - q.square);
            q.overlap += next * (one.overlap - q.overlap);
            met[static_cast<std::size_t>(node)] = q;
            sum.keys += weight * q.keys;
            sum.tangent += weight * q.tangent;
            sum.square += weight * (q.square + q.keys * q.keys);
            sum.overlap += weight * (q.overlap + q.keys * q.tangent);
          }
          sums.keys.values(column, row) += sum.keys.sum();
          sums.keys.jacobian(column, row) += sum.square.sum();
          sums.tangent.values(column, row) += sum.tangent.sum();
          sums.tangent.jacobian(column, row) += sum.overlap.sum();
        }
      }
    });
    sums.average(draws_.draws());
    return sums;
  }

  /// The transpose of push: the same steps backwards.
  Matrix<Scalar> pull(const Matrix<Scalar>& values, const Matrix<Scalar>& jacobian) const {
    const Index n = keys_.rows();
    Matrix<Scalar> result = Matrix<Scalar>::Zero(n, n), on_overlap = result;
    for_each_pair([&](Index a, Index m, const Shares& first, Index b, const Shares& second) {
      const Index t = layout_.tokens, nodes = second.cols() / t;
      // Cotangents of A p and (A∘F) p, and of their dot products with q.
      std::vector<Two> to_through(static_cast<std::size_t>(t), Two::zero()),
          to_met(static_cast<std::size_t>(nodes));
      Columns keys_met(lanes, nodes), all_met(lanes, t * nodes);
      for_each_row_backwards(a, b, first, [&](Index t1, const Columns& through_keys) {
        const Index row = layout_.first_row(a) + t1;
        const Matrix<Scalar> weights = grid_.weights(row, m, b);
        const Lanes share = first.col(t1);
        keys_met.setZero();
        for (Index t2 = 0; t2 < t; ++t2) {
          const Lanes one = through_keys.col(t2);
          for (Index node = 0; node < nodes; ++node) {
            const Lanes before = keys_met.col(node);
            const Lanes here = before + second.col(t2 * nodes + node) * (one - before);
            keys_met.col(node) = here;
            all_met.col(t2 * nodes + node) = here;
          }
        }
        std::fill(to_met.begin(), to_met.end(), Two::zero());
        for (Index t2 = t; t2-- > 0;) {
          const Index column = layout_.first_row(b) + t2;
          Two to_one = Two::zero();
          for (Index node = 0; node < nodes; ++node) {
            const Lanes next = second.col(t2 * nodes + node);
            const Scalar value = weights(t2, node) * values(column, row);
            const Scalar slope = weights(t2, node) * jacobian(column, row);
            Two q = to_met[static_cast<std::size_t>(node)];
            q.tangent += value + slope * all_met.col(t2 * nodes + node);
            q.overlap += slope;
            const Two share_of_q = {next * q.tangent, next * q.overlap};
            to_one.tangent += share_of_q.tangent;
            to_one.overlap += share_of_q.overlap;
            to_met[static_cast<std::size_t>(node)] = {q.tangent - share_of_q.tangent,
                                                      q.overlap - share_of_q.overlap};
          }
          Two p = to_through[static_cast<std::size_t>(t2)];
          p.tangent += to_one.tangent - 2 * through_keys.col(t2) * to_one.overlap;
          p.overlap += to_one.overlap;
          const Two share_of_p = {share * p.tangent, share * p.overlap};
          to_through[static_cast<std::size_t>(t2)] = {p.tangent - share_of_p.tangent,
                                                      p.overlap - share_of_p.overlap};
          result(column, row) += share_of_p.tangent.sum();
          on_overlap(column, row) += share_of_p.overlap.sum();
        }
      });
    });
    result += on_overlap.cwiseProduct(keys_);
    return mean_of_both_orders(result, draws_.draws());
  }

 private:
  static constexpr Index lanes = 16;
  using Lanes = Eigen::Array<Scalar, lanes, 1>;
  using Columns = Eigen::Array<Scalar, lanes, Eigen::Dynamic>;
  using Shares = Columns;

  struct Two {
    Lanes tangent, overlap;
    static Two zero() { return {Lanes::Zero(), Lanes::Zero()}; }
  };
  struct Four {
    Lanes keys, tangent, square, overlap;
    static Four zero() { return {Lanes::Zero(), Lanes::Zero(), Lanes::Zero(), Lanes::Zero()}; }
  };

  // Visits sixteen draws of rows of samples a and b: the shares of a row of deviation m, one column a token,
  // and those of all nodes (m₂, k), nodes within tokens.
  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    const Index deviations = grid_.deviations().size(), correlations = grid_.correlations().size();
    draws_.for_each_block([&](const LogitBlock& block) {
      for (Index draw = 0; draw < block.draws(); draw += lanes)
        for (Index b = 0; b < layout_.samples; ++b) {
          Shares second(lanes, layout_.tokens * deviations * correlations);
          for (Index m = 0; m < deviations; ++m)
            for (Index k = 0; k < correlations; ++k) {
              const Shares one = shares(block, draw, b, m, k);
              for (Index t = 0; t < layout_.tokens; ++t)
                second.col((t * deviations + m) * correlations + k) = one.col(t);
            }
          for (Index a = 0; a < layout_.samples; ++a)
            for (Index m = 0; m < deviations; ++m) visit(a, m, shares(block, draw, a, m, 0), b, second);
        }
    });
  }

  // The share of every key in the weights of the keys up to it.
  Shares shares(const LogitBlock& block, Index draw, Index sample, Index m, Index k) const {
    const Index t = layout_.tokens, count = std::min(lanes, block.draws() - draw);
    const Eigen::MatrixXf logits =
        block.row(layout_.first_row(sample), t, grid_.deviations()(m), grid_.correlations()(k))
            .middleCols(draw, count)
            .transpose();
    const Eigen::ArrayXf largest = logits.rowwise().maxCoeff().array();
    Shares shares = Shares::Zero(lanes, t);
    Eigen::Array<Scalar, Eigen::Dynamic, 1> sum = Eigen::Array<Scalar, Eigen::Dynamic, 1>::Zero(count);
    for (Index key = 0; key < t; ++key) {
      // The first keys may all be so much smaller than later ones that single precision has no number for
      // them.
      const Eigen::ArrayXf weight = (logits.col(key).array() - largest).max(-80.0f).exp();
      sum += weight.cast<Scalar>();
      shares.col(key).head(count) = weight.cast<Scalar>() / sum;
    }
    return shares;
  }

  // Visits F p of the first row's prefixes, the longest first. They are made in order and kept from root to
  // root of T.
  template <class Visit>
  void for_each_row_backwards(Index a, Index b, const Shares& first, Visit&& visit) const {
    const Index t = layout_.tokens;
    const auto stride = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(t))));
    const auto step = [&](Columns& through_keys, Index t1) {
      for (Index t2 = 0; t2 < t; ++t2)
        through_keys.col(t2) += first.col(t1) * (keys_(layout_.first_row(b) + t2, layout_.first_row(a) + t1) -
                                                 through_keys.col(t2));
    };
    std::vector<Columns> starts, rows(static_cast<std::size_t>(stride));
    Columns running = Columns::Zero(lanes, t);
    for (Index t1 = 0; t1 < t; ++t1) {
      if (t1 % stride == 0) starts.push_back(running);
      step(running, t1);
    }
    for (Index start = (t - 1) / stride * stride; start >= 0; start -= stride) {
      const Index end = std::min(start + stride, t);
      running = starts[static_cast<std::size_t>(start / stride)];
      for (Index t1 = start; t1 < end; ++t1) {
        step(running, t1);
        rows[static_cast<std::size_t>(t1 - start)] = running;
      }
      for (Index t1 = end; t1-- > start;) visit(t1, rows[static_cast<std::size_t>(t1 - start)]);
    }
  }

  const Matrix<Scalar>& keys_;
  TokenLayout layout_;
  const PairGrid<Scalar>& grid_;
  const LogitDraws& draws_;
};

}  // namespace widthwise
