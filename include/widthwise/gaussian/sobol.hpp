// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <array>
#include <bit>
#include <boost/random/sobol.hpp>
#include <cassert>
#include <cstdint>
#include <functional>

#include "widthwise/kernel/matrix.hpp"
#include "widthwise/random/stream.hpp"

namespace widthwise {

/// The first 2ᵐ points of a Sobol sequence (directions of Joe and Kuo 2008), scrambled by a random lower
/// triangular matrix and a random shift of the binary digits of every dimension (Matoušek 1998).
///
/// Every point alone is uniform; the 2ᵐ together fill the cube evenly, the first dimensions best. Dimensions
/// beyond the table's 3667 get random directions: their points are independent in pairs, as plain random
/// numbers would be.
class ScrambledSobol {
 public:
  using Digits = Eigen::Array<std::uint32_t, Eigen::Dynamic, 1>;

  /// Throws std::invalid_argument where log2_points is not in [0, 31].
  ScrambledSobol(Index dimensions, int log2_points, Stream stream)
      : directions_(dimensions, log2_points), point_(dimensions), left_(Index{1} << log2_points) {
    if (log2_points < 0 || log2_points > 31)
      detail::reject("sobol: log2 of the number of points is ", log2_points, " but should be in [0, 31]");
    for (Index dimension = 0; dimension < dimensions; ++dimension) scramble(dimension, stream);
  }

  Index dimensions() const { return point_.size(); }
  Index points_left() const { return left_; }

  /// The next point, as 32-bit binary fractions.
  const Digits& next() {
    assert(left_ > 0);
    // Gray code: neighbours differ by the direction of one digit.
    if (index_ > 0)
      point_ = point_.binaryExpr(directions_.col(std::countr_zero(index_)), std::bit_xor<std::uint32_t>());
    ++index_;
    --left_;
    return point_;
  }

 private:
  using Table = boost::random::default_sobol_table;

  void scramble(Index dimension, Stream stream) {
    const Stream words = stream.child(static_cast<std::uint64_t>(dimension));
    const auto word = [&](std::uint64_t i) {
      return static_cast<std::uint32_t>(words.child(i).key() >> 32);
    };
    point_(dimension) = word(0);
    const Index bits = directions_.cols();
    std::array<std::uint32_t, 32> column;  // of the triangular matrix: what a one in this digit becomes
    for (Index bit = 0; bit < bits; ++bit) {
      const std::uint32_t top = std::uint32_t{1} << (31 - bit);
      column[static_cast<std::size_t>(bit)] = top | (word(static_cast<std::uint64_t>(bit) + 1) & (top - 1));
    }
    std::array<std::uint32_t, 32> numbers;
    direction_numbers(dimension, bits, numbers);
    for (Index bit = 0; bit < bits; ++bit) {
      std::uint32_t scrambled = 0;
      if (dimension >= Table::max_dimension)
        scrambled = word(static_cast<std::uint64_t>(bit + bits) + 1);
      else
        for (Index digit = 0; digit <= bit; ++digit)
          if ((numbers[static_cast<std::size_t>(bit)] >> (bit - digit)) & 1)
            scrambled ^= column[static_cast<std::size_t>(digit)];
      directions_(dimension, bit) = scrambled;
    }
  }

  // m_j of Joe and Kuo: odd numbers below 2ʲ; direction j is m_j / 2ʲ.
  static void direction_numbers(Index dimension, Index bits, std::array<std::uint32_t, 32>& numbers) {
    if (dimension == 0) {
      numbers.fill(1);
      return;
    }
    if (dimension >= Table::max_dimension) return;
    const auto row = static_cast<std::size_t>(dimension - 1);
    const std::uint32_t polynomial = Table::polynomial(row);
    const auto degree = static_cast<Index>(std::bit_width(polynomial)) - 1;
    for (Index j = 0; j < bits; ++j) {
      auto& number = numbers[static_cast<std::size_t>(j)];
      if (j < degree) {
        number = Table::minit(row, static_cast<std::size_t>(j));
        continue;
      }
      number = numbers[static_cast<std::size_t>(j - degree)];
      for (Index step = 1; step <= degree; ++step)
        if ((polynomial >> (degree - step)) & 1)
          number ^= numbers[static_cast<std::size_t>(j - step)] << step;
    }
  }

  Eigen::Array<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic> directions_;  // dimensions × digits
  Digits point_;
  std::uint32_t index_ = 0;
  Index left_;
};

}  // namespace widthwise
