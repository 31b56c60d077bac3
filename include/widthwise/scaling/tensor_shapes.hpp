// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "widthwise/kernel/reject.hpp"
#include "widthwise/scaling/tensor_role.hpp"

namespace widthwise {

/// One entry of a model's list of tensors: its shape, or the name of an earlier tensor that it is.
struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape = {};
  std::string shares = {};
};

/// The tensors of a model at one width, in the order of the network.
using TensorList = std::vector<NamedShape>;

namespace detail {

/// One size at every width.
using SizeRow = std::vector<std::int64_t>;

inline std::string listed_sizes(const std::vector<std::int64_t>& sizes) {
  std::string text;
  for (const auto size : sizes) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return text;
}

/// A tensor of the model that is planned, with its shape at every width.
struct GrownTensor {
  std::string name;
  TensorName parts;
  TensorRole role;
  std::vector<SizeRow> dimensions;  ///< one row a dimension

  std::string text() const { return name + " (taken as " + role.name + (role.bias ? "_bias)" : ")"); }

  /// The product of all dimensions but those in front of `first` and from `last` on.
  SizeRow product(std::size_t first, std::size_t last) const {
    SizeRow sizes(dimensions.front().size(), 1);
    for (std::size_t d = first; d < last; ++d)
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] > std::numeric_limits<std::int64_t>::max() / dimensions[d][i])
          reject(name, " has more parameters than a 64-bit integer holds");
        sizes[i] *= dimensions[d][i];
      }
    return sizes;
  }
  SizeRow size() const { return product(0, dimensions.size()); }
};

/// Finds tensors by name in models of any depth.
class TensorIndex {
 public:
  explicit TensorIndex(const TensorList& list) {
    for (const NamedShape& tensor : list) {
      by_name_.emplace(tensor.name, &tensor);
      auto& namesake =
          by_pattern_.emplace(take_apart(tensor.name).pattern, Namesake{&tensor, true}).first->second;
      namesake.alike = namesake.alike && namesake.tensor->shape == tensor.shape &&
                       namesake.tensor->shares.empty() == tensor.shares.empty();
    }
  }

  /// The entry of that name, or else of that name in any layer.
  const NamedShape& counterpart(const NamedShape& tensor) const {
    if (const auto found = by_name_.find(tensor.name); found != by_name_.end()) return *found->second;
    const auto found = by_pattern_.find(take_apart(tensor.name).pattern);
    if (found == by_pattern_.end()) reject(tensor.name, " is missing at another width");
    if (!found->second.alike)
      reject(tensor.name, " is missing at another width, and its namesakes there differ among layers");
    return *found->second.tensor;
  }

 private:
  struct Namesake {
    const NamedShape* tensor;
    bool alike;
  };
  std::map<std::string, const NamedShape*> by_name_;
  std::map<std::string, Namesake> by_pattern_;
};

inline void require_shape(const NamedShape& tensor) {
  if (!tensor.shares.empty()) return;
  if (tensor.shape.empty()) reject(tensor.name, " has no dimensions, so nothing tells its group");
  for (const auto size : tensor.shape)
    if (size < 1) reject(tensor.name, " has the size ", size, " but sizes must be positive");
}

/// The same tensor at every width.
inline std::vector<SizeRow> grown_dimensions(const NamedShape& tensor,
                                             const std::vector<TensorIndex>& lists) {
  std::vector<SizeRow> rows(tensor.shape.size());
  for (const TensorIndex& list : lists) {
    const NamedShape& other = list.counterpart(tensor);
    require_shape(other);
    if (other.shares.empty() != tensor.shares.empty())
      reject(tensor.name, " is another tensor at one width and a tensor of its own at another");
    if (other.shape.size() != tensor.shape.size())
      reject(tensor.name, " has ", tensor.shape.size(), " dimensions at one width and ", other.shape.size(),
             " at another");
    for (std::size_t d = 0; d < rows.size(); ++d) rows[d].push_back(other.shape[d]);
  }
  return rows;
}

/// The model's width in every list: the growing size that most tensors have.
///
/// Every matrix of a Transformer reads or writes it, whatever else it does.
inline SizeRow find_width(const std::vector<GrownTensor>& tensors) {
  std::map<SizeRow, int> counts;
  for (const GrownTensor& tensor : tensors) {
    std::vector<SizeRow> rows = tensor.dimensions;
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    for (const SizeRow& row : rows)
      if (std::any_of(row.begin(), row.end(), [&](auto size) { return size != row.front(); })) ++counts[row];
  }
  if (counts.empty())
    reject("no dimension of any tensor differs between the models, so none shows the width");
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  for (const auto& [row, count] : counts)
    if (count == most->second && row != most->first)
      reject("the width may go ", listed_sizes(most->first), " or ", listed_sizes(row),
             ": as many tensors have the one as the other");
  SizeRow sorted = most->first;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    reject("two models have the width ", *twice, ": each must have another");
  return most->first;
}

/// How a size goes with the width.
struct Extent {
  std::int64_t size = 1;        ///< at the width that is planned
  std::optional<double> ratio;  ///< to the width; none for a size that stays
};

/// Throws std::invalid_argument naming the tensor where a size neither stays nor goes with the width.
inline Extent extent(const GrownTensor& tensor, const SizeRow& sizes, const SizeRow& widths,
                     std::int64_t rounding) {
  const std::int64_t size = sizes.front();
  if (std::all_of(sizes.begin(), sizes.end(), [&](auto other) { return other == size; })) return {size, {}};
  // M n, rounded up to the next multiple: one M must do for all.
  double least = 0, most = std::numeric_limits<double>::max();
  bool exact = true, multiples = rounding > 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const double n = static_cast<double>(widths[i]), s = static_cast<double>(sizes[i]);
    exact = exact && s / n == static_cast<double>(size) / static_cast<double>(widths.front());
    multiples = multiples && sizes[i] % rounding == 0;
    least = std::max(least, (s - static_cast<double>(rounding)) / n);
    most = std::min(most, s / n);
  }
  if (!exact && !(multiples && least < most))
    reject(tensor.text(), " has a size that goes ", listed_sizes(sizes), " where the width goes ",
           listed_sizes(widths), ", which neither stays nor is a fixed multiple of the width",
           rounding > 0 ? " rounded up to a multiple of " + std::to_string(rounding) : "");
  return {size, static_cast<double>(size) / static_cast<double>(widths.front())};
}

}  // namespace detail
}  // namespace widthwise
