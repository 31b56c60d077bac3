// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "widthwise/attention/row_pair_draws.hpp"
#include "widthwise/attention/row_pair_prefix_control.hpp"
#include "widthwise/attention/row_pair_prefix_draws.hpp"
#include "widthwise/attention/row_pair_pushes.hpp"
#include "widthwise/gaussian/pair_grid.hpp"

namespace widthwise {

/// Sums over draws of rows that see the keys up to their own position, at the nodes of a grid (theory §4a,
/// §4c).
///
/// One more key turns a softmax p into (1−α)p + α·(that key), α its share of the weights so far. So every
/// expectation of a pair of rows follows from that of the pair before: first A p for longer and longer first
/// rows, then (A p)·q for longer and longer second rows, T² steps for all pairs of prefixes. E[pᵀAq] has a
/// control variate; of that, e = α + g/n, sums with 1 and with g are carried along.
///
/// Sixteen draws go side by side, in `Lane`; what they add up to is summed in `Scalar`. In single
/// precision a sum is off by some 10⁻⁷ of the largest entry, far less than by sampling, and push and pull
/// transpose each other to that rounding. Kernels are scaled to entries of at most 1 for it.
///
/// What is the same with the earlier row first is summed in one order only. Between every two samples a
/// kernel's mean is left out and put back, so that a constant kernel has no part in the error. Rows of one
/// key are exact.
template <class Scalar, class Lane>
class CausalRowPairSums {
 public:
  /// `keys` is the keys' kernel (N×N); `grid` that of the queries; `draws` those of the centered keys.
  CausalRowPairSums(const Matrix<Scalar>& keys, TokenLayout layout, const PairGrid<Scalar>& grid,
                    const LogitDraws& draws, Scalar logit_variance)
      : layout_(layout),
        means_(block_means(keys)),
        keys_(keys - means_),
        scale_(nonzero(largest_entry(keys_))),
        scaled_keys_((keys_ / scale_).template cast<Lane>()),
        grid_(grid),
        draws_(draws),
        prefix_draws_(draws.draws(), layout),
        control_(keys, layout, grid, logit_variance) {}

  /// What the keys' kernel and another one become.
  RowPairPushes<Scalar> push(const Matrix<Scalar>& given) const {
    const Index n = keys_.rows();
    const Matrix<Scalar> tangent_means = block_means(given), unscaled = given - tangent_means;
    const Scalar tangent_scale = nonzero(largest_entry(unscaled));
    const Matrix<Lane> tangent = (unscaled / tangent_scale).template cast<Lane>();
    RowPairPushes<Scalar> sums = RowPairPushes<Scalar>::zero(n);
    const Matrix<Lane> square = scaled_keys_.cwiseAbs2(), overlap = scaled_keys_.cwiseProduct(tangent);
    const bool controlled = control_.used();
    for_each_pair([&](Index level, Index a, Index m, const Rows& first, Index b, const Rows& second) {
      const Index rows = layout_.length(a), t = layout_.length(b), nodes = second.share.cols() / t;
      // F p, A p, (F∘F) p, (A∘F) p for a first row of t₁ + 1 keys; and their dot products with q, of t₂ + 1
      // keys.
      std::vector<Four<Lanes>> through(static_cast<std::size_t>(t), Four<Lanes>::zero()),
          met(static_cast<std::size_t>(nodes));
      // Of e: F and A times ones and times g; and the dot products of F e and A e with ones and with g'.
      Matrix<Lane> through_ones = Matrix<Lane>::Zero(2, t);
      std::vector<Both> through_g(static_cast<std::size_t>(t), Both::zero()),
          met_g(static_cast<std::size_t>(nodes));
      for (Index t1 = 0; t1 < rows; ++t1) {
        const Index row = layout_.first_row(a) + t1, columns = prefix_draws_.rows(level, a, t1 + 1, b);
        if (columns == 0) break;  // and none for any longer row
        const Matrix<Lane> weights = grid_.template weights<Lane>(row, m, b, columns);
        const Lanes share = first.share.col(t1);
        const Lane per_key = 1 / static_cast<Lane>(t1 + 1);
        std::fill(met.begin(), met.end(), Four<Lanes>::zero());
        std::fill(met_g.begin(), met_g.end(), Both::zero());
        Both met_ones = Both::zero();
        for (Index t2 = 0; t2 < columns; ++t2) {
          const Index column = layout_.first_row(b) + t2;
          Four<Lanes>& p = through[static_cast<std::size_t>(t2)];
          p.keys += share * (scaled_keys_(column, row) - p.keys);
          p.tangent += share * (tangent(column, row) - p.tangent);
          p.square += share * (square(column, row) - p.square);
          p.overlap += share * (overlap(column, row) - p.overlap);
          if (controlled) {
            Both& with_g = through_g[static_cast<std::size_t>(t2)];
            with_g.keys += first.g.col(t1) * scaled_keys_(column, row);
            with_g.tangent += first.g.col(t1) * tangent(column, row);
            through_ones(0, t2) += scaled_keys_(column, row);
            through_ones(1, t2) += tangent(column, row);
          }
          const Lane orders = orders_told(column, row);
          Four<Part> sum = Four<Part>::zero();
          for (Index lane = 0; lane < lanes; lane += part_lanes) {
            const Part one_keys = part(p.keys, lane), one_tangent = part(p.tangent, lane),
                       one_square = part(p.square, lane) - 2 * one_keys * one_keys,
                       one_overlap = part(p.overlap, lane) - 2 * one_keys * one_tangent;
            for (Index node = 0; node < nodes; ++node) {
              const Part next = part(second.share.col(t2 * nodes + node), lane);
              const Lane weight = weights(t2, node);
              Four<Lanes>& q = met[static_cast<std::size_t>(node)];
              const Part q_square = towards(part(q.square, lane), next, one_square),
                         q_overlap = towards(part(q.overlap, lane), next, one_overlap);
              sum.square += weight * q_square;
              sum.overlap += weight * q_overlap;
              if (orders == 0) continue;
              const Part q_keys = towards(part(q.keys, lane), next, one_keys),
                         q_tangent = towards(part(q.tangent, lane), next, one_tangent);
              sum.keys += weight * q_keys;
              sum.tangent += weight * q_tangent;
              const Part weighted = weight * orders * q_keys;
              sum.square += weighted * q_keys;
              sum.overlap += weighted * q_tangent;
            }
            if (!controlled || orders == 0) continue;
            const Both& with_g = through_g[static_cast<std::size_t>(t2)];
            const Part first_alpha = part(first.alpha.col(t1), lane),
                       e_keys = first_alpha * through_ones(0, t2) + per_key * part(with_g.keys, lane),
                       e_tangent = first_alpha * through_ones(1, t2) + per_key * part(with_g.tangent, lane);
            const Part ones_keys = part(met_ones.keys, lane) += e_keys,
                       ones_tangent = part(met_ones.tangent, lane) += e_tangent;
            Part alpha = Part::Zero();
            for (Index node = 0; node < nodes; ++node) {
              const Lane weight = weights(t2, node), weight_per_key = weight / static_cast<Lane>(t2 + 1);
              const Part g = part(second.g.col(t2 * nodes + node), lane);
              Both& q = met_g[static_cast<std::size_t>(node)];
              const Part q_keys = part(q.keys, lane) += g * e_keys,
                         q_tangent = part(q.tangent, lane) += g * e_tangent;
              alpha += weight * part(second.alpha.col(t2 * nodes + node), lane);
              sum.keys -= weight_per_key * q_keys;
              sum.tangent -= weight_per_key * q_tangent;
            }
            sum.keys -= alpha * ones_keys;
            sum.tangent -= alpha * ones_tangent;
          }
          sums.keys.values(column, row) += static_cast<Scalar>(orders * sum.keys.sum());
          sums.keys.jacobian(column, row) += static_cast<Scalar>(sum.square.sum());
          sums.tangent.values(column, row) += static_cast<Scalar>(orders * sum.tangent.sum());
          sums.tangent.jacobian(column, row) += static_cast<Scalar>(sum.overlap.sum());
        }
      }
    });
    sums.keys.values *= scale_;
    sums.keys.jacobian *= scale_ * scale_;
    sums.tangent.values *= tangent_scale;
    sums.tangent.jacobian *= scale_ * tangent_scale;
    sums.average(prefix_draws_.inverse_counts<Scalar>());
    if (controlled) {
      control_.template add_push<2>({&keys_, &unscaled}, {&sums.keys.values, &sums.tangent.values});
      for (auto* values : {&sums.keys.values, &sums.tangent.values}) mirror_upper(*values);  // to rounding
    }
    for_each_pair_of_single_keys([&](Index row, Index column) {
      sums.keys.values(row, column) = keys_(row, column);
      sums.tangent.values(row, column) = unscaled(row, column);
      sums.keys.jacobian(row, column) = sums.tangent.jacobian(row, column) = 0;
    });
    sums.keys.values += means_;
    sums.tangent.values += tangent_means;
    return sums;
  }

  /// The transpose of push: the same steps backwards.
  Matrix<Scalar> pull(const Matrix<Scalar>& given_values, const Matrix<Scalar>& given_jacobian) const {
    const Index n = keys_.rows();
    Matrix<Scalar> result = Matrix<Scalar>::Zero(n, n), on_overlap = result;
    Matrix<Scalar> all_values = given_values, per_draw = prefix_draws_.inverse_counts<Scalar>();
    for_each_pair_of_single_keys(
        [&](Index row, Index column) { all_values(row, column) = per_draw(row, column) = 0; });
    const Matrix<Scalar> sampled_values = given_values.cwiseProduct(per_draw),
                         sampled_jacobian = given_jacobian.cwiseProduct(per_draw);
    const Scalar scale =
        nonzero(std::max(largest_entry(sampled_values), scale_ * largest_entry(sampled_jacobian)));
    const Matrix<Lane> values = (sampled_values / scale).template cast<Lane>(),
                       jacobian = (sampled_jacobian * (scale_ / scale)).template cast<Lane>();
    const bool controlled = control_.used();
    for_each_pair([&](Index level, Index a, Index m, const Rows& first, Index b, const Rows& second) {
      const Index t = layout_.length(b), nodes = second.share.cols() / t;
      // Cotangents of A p and (A∘F) p, and of their dot products with q.
      std::vector<Two> to_through(static_cast<std::size_t>(t), Two::zero()),
          to_met(static_cast<std::size_t>(nodes));
      // Of e: cotangents of A times ones and times g, and of the dot products of A e with g'.
      std::vector<Lanes> to_ones(static_cast<std::size_t>(t), Lanes::Zero()), to_g = to_ones;
      Vector<Lane> to_met_g(nodes);
      Columns keys_met(lanes, nodes), all_met(lanes, t * nodes);
      for_each_row_backwards(level, a, b, first.share, [&](Index t1, const Columns& through_keys) {
        const Index row = layout_.first_row(a) + t1, columns = prefix_draws_.rows(level, a, t1 + 1, b);
        const Matrix<Lane> weights = grid_.template weights<Lane>(row, m, b, columns);
        const Lanes share = first.share.col(t1);
        const Lane per_key = 1 / static_cast<Lane>(t1 + 1);
        keys_met.setZero();
        for (Index t2 = 0; t2 < columns && orders_told(layout_.first_row(b) + t2, row) > 0; ++t2) {
          const Lanes one = through_keys.col(t2);
          for (Index node = 0; node < nodes; ++node) {
            const Lanes before = keys_met.col(node);
            const Lanes here = before + second.share.col(t2 * nodes + node) * (one - before);
            keys_met.col(node) = here;
            all_met.col(t2 * nodes + node) = here;
          }
        }
        std::fill(to_met.begin(), to_met.end(), Two::zero());
        to_met_g.setZero();
        Lanes to_met_ones = Lanes::Zero();
        for (Index t2 = columns; t2-- > 0;) {
          const Index column = layout_.first_row(b) + t2;
          const Lane orders = orders_told(column, row);
          Two to_one = Two::zero();
          for (Index node = 0; node < nodes; ++node) {
            const Lanes next = second.share.col(t2 * nodes + node);
            const Lane slope = weights(t2, node) * jacobian(column, row);
            Two& q = to_met[static_cast<std::size_t>(node)];
            q.overlap += slope;
            const Lanes of_overlap = next * q.overlap;
            to_one.overlap += of_overlap;
            q.overlap -= of_overlap;
            if (orders == 0) continue;
            q.tangent += orders * weights(t2, node) * values(column, row) +
                         orders * slope * all_met.col(t2 * nodes + node);
            const Lanes of_tangent = next * q.tangent;
            to_one.tangent += of_tangent;
            q.tangent -= of_tangent;
          }
          Two p = to_through[static_cast<std::size_t>(t2)];
          p.tangent += to_one.tangent - 2 * through_keys.col(t2) * to_one.overlap;
          p.overlap += to_one.overlap;
          Two share_of_p = {share * p.tangent, share * p.overlap};
          to_through[static_cast<std::size_t>(t2)] = {p.tangent - share_of_p.tangent,
                                                      p.overlap - share_of_p.overlap};
          if (controlled) {
            Lanes to_e = Lanes::Zero();
            for (Index node = 0; orders > 0 && node < nodes; ++node) {
              const Lane value = orders * weights(t2, node) * values(column, row);
              to_met_g(node) += value / static_cast<Lane>(t2 + 1);
              to_met_ones += value * second.alpha.col(t2 * nodes + node);
              to_e += to_met_g(node) * second.g.col(t2 * nodes + node);
            }
            if (orders > 0) to_e += to_met_ones;
            Lanes& ones = to_ones[static_cast<std::size_t>(t2)];
            Lanes& g = to_g[static_cast<std::size_t>(t2)];
            ones += first.alpha.col(t1) * to_e;
            g += per_key * to_e;
            share_of_p.tangent -= ones + first.g.col(t1) * g;
          }
          result(column, row) += static_cast<Scalar>(share_of_p.tangent.sum());
          on_overlap(column, row) += static_cast<Scalar>(share_of_p.overlap.sum());
        }
      });
    });
    result += on_overlap.cwiseProduct(keys_) / scale_;
    result = scale * mean_of_both_orders(result);
    if (controlled) {
      control_.add_pull(all_values, result);
      mirror_upper(result);
    }
    for_each_pair_of_single_keys(
        [&](Index row, Index column) { result(row, column) += given_values(row, column); });
    return result + block_means(given_values - result);
  }

 private:
  // How many of both orders of a pair a term that is the same in both is summed for: the later row comes
  // first.
  static Lane orders_told(Index column, Index row) {
    return column > row ? Lane(0) : Lane(column == row ? 1 : 2);
  }

  static constexpr Index lanes = 16;
  using Lanes = Eigen::Array<Lane, lanes, 1>;
  using Columns = Eigen::Array<Lane, lanes, Eigen::Dynamic>;

  // Of rows of logits, one column a key: its share in the weights of the keys up to it; and g and
  // α = (1 − mean g)/n of the control variate of those keys, if it is used.
  struct Rows {
    Columns share, g, alpha;
  };

  // As many lanes as one register holds. Push takes all nodes with them before it goes on to the next, so
  // that its sums stay in registers; pull has fewer sums and gains nothing by it.
  static constexpr Index part_lanes = std::min<Index>(lanes, Eigen::internal::packet_traits<Lane>::size);
  using Part = Eigen::Array<Lane, part_lanes, 1>;

  template <class Array>
  static auto part(Array&& array, Index lane) {
    return array.template segment<part_lanes>(lane);
  }

  // Moves `from` by a share of its distance from `to`, and says where it is then.
  template <class Array>
  static Part towards(Array&& from, const Part& share, const Part& to) {
    const Part here = from + share * (to - from);
    from = here;
    return here;
  }

  struct Two {
    Lanes tangent, overlap;
    static Two zero() { return {Lanes::Zero(), Lanes::Zero()}; }
  };
  struct Both {
    Lanes keys, tangent;
    static Both zero() { return {Lanes::Zero(), Lanes::Zero()}; }
  };
  template <class Array>
  struct Four {
    Array keys, tangent, square, overlap;
    static Four zero() { return {Array::Zero(), Array::Zero(), Array::Zero(), Array::Zero()}; }
  };

  // Of some draws of one level, over the keys of a sample, one column a key: x and x⊥. Lanes without a draw
  // are 0, and `present` is 1 in the others.
  using SomeLogits = Eigen::Array<float, lanes, Eigen::Dynamic>;
  struct SomeDraws {
    SomeLogits x, x_across;
    Lanes present;
  };

  // Visits some draws of one level, of rows of samples a and b: a row of deviation m, and those of all nodes
  // (m₂, k), nodes within tokens.
  template <class Visit>
  void for_each_pair(Visit&& visit) const {
    const Index deviations = grid_.deviations().size(), correlations = grid_.correlations().size();
    const Index nodes = deviations * correlations;
    Index before = 0;  // draws of earlier blocks
    draws_.for_each_block([&](const LogitBlock& block) {
      for (Index draw = 0, count = 0; draw < block.draws(); draw += count) {
        const Index level = prefix_draws_.level(before + draw);
        count = std::min({lanes, block.draws() - draw, prefix_draws_.end(level) - before - draw});
        for (Index b = 0; b < layout_.samples; ++b) {
          const SomeDraws of_b = some_draws(block, draw, count, b);
          Rows second = rows_of(layout_.length(b) * nodes);
          for (Index m = 0; m < deviations; ++m)
            for (Index k = 0; k < correlations; ++k) fill(second, of_b, b, m, k, m * correlations + k, nodes);
          for (Index a = 0; a < layout_.samples; ++a) {
            const SomeDraws of_a = a == b ? of_b : some_draws(block, draw, count, a);
            for (Index m = 0; m < deviations; ++m) {
              Rows first = rows_of(layout_.length(a));
              fill(first, of_a, a, m, 0, 0, 1);
              visit(level, a, m, first, b, second);
            }
          }
        }
      }
      before += block.draws();
    });
  }

  SomeDraws some_draws(const LogitBlock& block, Index draw, Index count, Index sample) const {
    const Index first = layout_.first_row(sample), t = layout_.length(sample);
    SomeDraws some{SomeLogits::Zero(lanes, t), SomeLogits::Zero(lanes, t), Lanes::Zero()};
    some.x.topRows(count) = block.x(first, t).middleCols(draw, count).transpose();
    some.x_across.topRows(count) = block.x_across(first, t).middleCols(draw, count).transpose();
    some.present.head(count).setOnes();
    return some;
  }

  Rows rows_of(Index columns) const {
    const Index of_control = control_.used() ? columns : 0;
    return {Columns(lanes, columns), Columns(lanes, of_control), Columns(lanes, of_control)};
  }

  // A row of logits to every `step`-th column from the `start`-th.
  void fill(Rows& rows, const SomeDraws& draws, Index sample, Index m, Index k, Index start,
            Index step) const {
    const Index t = layout_.length(sample);
    const SomeLogits logits =
        row_of_logits(draws.x, draws.x_across, grid_.deviations()(m), grid_.correlations()(k));
    const auto of_key = [&](Columns& columns, Index key) {
      return columns.col(start + key * step);
    };
    Eigen::Array<float, lanes, 1> largest = logits.col(0);
    for (Index key = 1; key < t; ++key) largest = largest.max(logits.col(key));
    Lanes sum = Lanes::Zero();
    for (Index key = 0; key < t; ++key) {
      // The first keys may all be so much smaller than later ones that single precision has no number for
      // them.
      const Lanes weight = (logits.col(key) - largest).max(-80.0f).exp().template cast<Lane>();
      sum += weight;
      of_key(rows.share, key) = draws.present * weight / sum;
    }
    if (!control_.used()) return;
    const Vector<Lane> variances = control_.variances(sample, m).template cast<Lane>(),
                       center = control_.weights(sample).template cast<Lane>();
    Lanes mean = Lanes::Zero(), sum_g = mean;
    for (Index key = 0; key < t; ++key) mean += center(key) * logits.col(key).template cast<Lane>();
    for (Index key = 0; key < t; ++key) {
      const Lanes logit = logits.col(key).template cast<Lane>() - mean;
      const Lanes g = draws.present * (logit + (logit.square() - variances(key)) / 2);
      const Lane per_key = 1 / static_cast<Lane>(key + 1);
      sum_g += g;
      of_key(rows.g, key) = g;
      of_key(rows.alpha, key) = (draws.present - per_key * sum_g) * per_key;
    }
  }

  // Visits F p of the first row's prefixes at one level, the longest first. They are made in order and kept
  // from root to root of their number.
  template <class Visit>
  void for_each_row_backwards(Index level, Index a, Index b, const Columns& share, Visit&& visit) const {
    const Index count = prefix_draws_.rows(level, b, 1, a), t = layout_.length(b);
    if (count == 0) return;
    const auto stride = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(count))));
    const Index last = (count - 1) / stride * stride;  // where the last stride starts
    const auto step = [&](const Columns& before, Columns& after, Index t1) {
      const Lanes next = share.col(t1);
      const Index columns = prefix_draws_.rows(level, a, t1 + 1, b);
      for (Index t2 = 0; t2 < columns; ++t2)
        after.col(t2) =
            before.col(t2) +
            next * (scaled_keys_(layout_.first_row(b) + t2, layout_.first_row(a) + t1) - before.col(t2));
    };
    std::vector<Columns> starts{Columns::Zero(lanes, t)},
        rows(static_cast<std::size_t>(std::min(stride, count)), Columns(lanes, t));
    for (Index t1 = 0; t1 < last; ++t1) {
      if (t1 % stride == 0) starts.push_back(starts.back());
      step(starts.back(), starts.back(), t1);
    }
    for (Index start = last; start >= 0; start -= stride) {
      const Columns* before = &starts[static_cast<std::size_t>(start / stride)];
      const Index end = std::min(start + stride, count);
      for (Index t1 = start; t1 < end; ++t1) {
        Columns& row = rows[static_cast<std::size_t>(t1 - start)];
        step(*before, row, t1);
        before = &row;
      }
      for (Index t1 = end; t1-- > start;) visit(t1, rows[static_cast<std::size_t>(t1 - start)]);
    }
  }

  // Between every two samples a symmetric kernel's mean, N×N.
  Matrix<Scalar> block_means(const Matrix<Scalar>& kernel) const {
    Matrix<Scalar> means(kernel.rows(), kernel.cols());
    const auto block = [&](auto& matrix, Index a, Index b) {
      return matrix.block(layout_.first_row(a), layout_.first_row(b), layout_.length(a), layout_.length(b));
    };
    for (Index b = 0; b < layout_.samples; ++b)
      for (Index a = 0; a <= b; ++a) {
        const Scalar mean = block(kernel, a, b).mean();
        block(means, a, b).setConstant(mean);
        block(means, b, a).setConstant(mean);
      }
    return means;
  }

  static Scalar largest_entry(const Matrix<Scalar>& matrix) { return matrix.cwiseAbs().maxCoeff(); }
  static Scalar nonzero(Scalar scale) { return scale > 0 ? scale : Scalar(1); }

  // Visits the first rows of every two samples, which see one key each.
  template <class Visit>
  void for_each_pair_of_single_keys(Visit&& visit) const {
    for (Index b = 0; b < layout_.samples; ++b)
      for (Index a = 0; a < layout_.samples; ++a) visit(layout_.first_row(a), layout_.first_row(b));
  }

  TokenLayout layout_;
  Matrix<Scalar> means_;
  Matrix<Scalar> keys_;  // but for their means
  Scalar scale_;
  Matrix<Lane> scaled_keys_;  // keys_ over scale_
  const PairGrid<Scalar>& grid_;
  const LogitDraws& draws_;
  PrefixDraws prefix_draws_;
  PrefixControl<Scalar> control_;
};

}  // namespace widthwise
