// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <utility>

#include "widthwise/scaling/plan.hpp"
#include "widthwise/scaling/shaped_group.hpp"

namespace widthwise {

/// What shapes do not say of a model.
struct ShapeConventions {
  std::optional<bool> tied =
      {};                     ///< whether the head is the word embedding, where both are listed with shapes
  std::int64_t rounding = 0;  ///< sizes may be a multiple of the width, rounded up to a multiple of this
  std::vector<std::pair<std::string, std::string>> roles =
      {};                                             ///< of tensors, by name or with stars; first wins
  std::map<std::string, double> coefficients = {};    ///< by group, as in {"Q", 0.5} for C_Q; 1 where not set
  std::map<std::string, double> learning_rates = {};  ///< Λ by group; 1 where not set
};

/// A model as read from its tensors: what `plan` takes, and where each group is.
struct ShapedModel {
  ModelGroups groups;
  std::vector<std::string> tensors;               ///< that hold each group, in the order of the groups
  std::string tied_tensor = {};                   ///< the word embedding, where it is the head
  std::map<std::string, std::set<double>> sizes;  ///< what the symbols in formulas stand for
};

namespace detail {

/// Whether a name fits a pattern in which a star stands for any letters.
inline bool fits(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = pattern.size(), behind_star = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind_star = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++n, ++p;
    } else if (star < pattern.size()) {  // let the last star take one letter more
      p = star + 1;
      n = ++behind_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

inline TensorRole role_of(const std::string& tensor, const ShapeConventions& conventions) {
  TensorRole role = widthwise::role_of(tensor);
  for (const auto& [pattern, name] : conventions.roles)
    if (fits(tensor, pattern)) return {name, take_apart(tensor).bias};
  if (role.name.empty())
    reject(tensor, ": the name does not tell what this tensor is; give it a role, or the role ignore");
  return role;
}

/// Puts the groups of a model together, one tensor after the other.
class ShapeReader {
 public:
  ShapeReader(std::vector<GrownTensor> tensors, const ShapeConventions& conventions)
      : tensors_(std::move(tensors)),
        conventions_(conventions),
        widths_(find_width(tensors_)),
        symbols_(widths_.front()) {}

  ShapedModel read(const NamedShape* shared_head) {
    model_.groups.width = symbols_.n();
    for (const GrownTensor& tensor : tensors_) {
      require_only(tensor);
      if (tensor.role.bias || tensor.role.name == "norm")
        add_vectors(tensor);
      else
        add_matrices(tensor);
    }
    model_.sizes = symbols_.values();
    settle_head(shared_head);
    require_known(conventions_.coefficients, "coefficient");
    require_known(conventions_.learning_rates, "learning rate");
    return std::move(model_);
  }

 private:
  Extent extent_of(const GrownTensor& tensor, const SizeRow& sizes) const {
    return extent(tensor, sizes, widths_, conventions_.rounding);
  }

  // The block a tensor is in, counted as they come, from 2 on as after a stem.
  std::vector<int> block(const GrownTensor& tensor) {
    const std::string place = place_of(tensor);
    if (place.empty()) return {};
    const auto [at, added] = blocks_.emplace(place, 2 + static_cast<int>(blocks_.size()));
    return {at->second};
  }

  // A layer may hold several attentions, in modules of their own.
  static std::string place_of(const GrownTensor& tensor) {
    const std::string& role = tensor.role.name;
    if (role == "W" || role == "gate" || role == "gate_W" || role == "X") return tensor.parts.layer + " mlp";
    if (role != "Q" && role != "K" && role != "V" && role != "QKV" && role != "U") return {};
    return tensor.parts.layer + " attention " + tensor.parts.inside;
  }

  // Positions may be learned apart for an encoder and a decoder; all else is there once, norms aside.
  void require_only(const GrownTensor& tensor) {
    const std::string& role = tensor.role.name;
    if (role == "norm" || role == "PE") return;
    const auto [first, added] =
        seen_.emplace(place_of(tensor) + "/" + role + (tensor.role.bias ? "_bias" : ""), tensor.name);
    if (!added) reject(tensor.text(), " stands beside ", first->second, ", which is taken as the same");
  }

  // The sizes of a matrix on the side that is not the width.
  SizeRow other_side(const GrownTensor& tensor) const {
    const std::size_t rank = tensor.dimensions.size();
    const bool first = tensor.dimensions.front() == widths_, last = tensor.dimensions.back() == widths_;
    if (!first && !last)
      reject(tensor.text(), " should have the width as its first or last dimension, but neither goes ",
             listed_sizes(widths_));
    if (first && last && rank > 2)
      reject(tensor.text(), " has the width as first and as last dimension, and more between");
    return first ? tensor.product(1, rank) : tensor.product(0, rank - 1);
  }

  void add(const GrownTensor& tensor, ParameterGroup group) {
    const auto set = conventions_.learning_rates.find(group.name);
    if (set != conventions_.learning_rates.end()) group.learning_rate = set->second;
    if (group.coefficient) {
      const auto given = conventions_.coefficients.find(group.name);
      if (given != conventions_.coefficients.end()) group.coefficient->value = given->second;
    }
    if (!group.head) group.blocks = block(tensor);
    model_.groups.groups.push_back(std::move(group));
    model_.tensors.push_back(tensor.name);
  }

  void add_vectors(const GrownTensor& tensor) {
    if (is_embedding(tensor.role.name) && tensor.role.name != "patch")
      reject(tensor.text(), " is the bias of an embedding, which has none");
    for (const auto& [role, sizes] : parts(tensor, tensor.size()))
      add(tensor, vector_group(role, tensor.role.bias, extent_of(tensor, sizes), symbols_));
  }

  void add_matrices(const GrownTensor& tensor) {
    for (const auto& [role, sizes] : parts(tensor, other_side(tensor))) {
      const Extent side = extent_of(tensor, sizes);
      require_growth(tensor, role, side);
      add(tensor, is_embedding(role) ? embedding_group(role, widths_.front(), side, symbols_)
                                     : matrix_group(role, widths_.front(), side, symbols_));
    }
  }

  // What a tensor holds: itself, or the parts of a fused one.
  std::vector<std::pair<std::string, SizeRow>> parts(const GrownTensor& tensor, const SizeRow& sizes) const {
    const std::string& role = tensor.role.name;
    if (role == "gate_W") {
      SizeRow half = sizes;
      for (auto& size : half) {
        if (size % 2 != 0)
          reject(tensor.text(), " has an odd size ", size, " where gate and W should share it");
        size /= 2;
      }
      return {{"gate", half}, {"W", half}};
    }
    if (role != "QKV") return {{role, sizes}};
    // As many queries as U reads, and keys and values share the rest.
    for (const GrownTensor& other : tensors_) {
      if (other.role.name != "U" || other.role.bias || place_of(other) != place_of(tensor)) continue;
      const SizeRow queries = other_side(other);
      SizeRow keys = sizes;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        if (sizes[i] <= queries[i] || (sizes[i] - queries[i]) % 2 != 0)
          reject(tensor.text(), " holds ", sizes[i], " channels, which do not split into ", queries[i],
                 " queries, as many as ", other.name, " reads, and as many keys as values");
        keys[i] = (sizes[i] - queries[i]) / 2;
      }
      return {{"Q", queries}, {"K", keys}, {"V", keys}};
    }
    reject(tensor.text(),
           " cannot be split: its layer has no tensor U that reads as many channels as there are queries");
  }

  // Its own weight, or the word embedding.
  void settle_head(const NamedShape* shared_head) {
    auto& groups = model_.groups.groups;
    const auto place = [&](const char* name) {
      const auto found =
          std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.name == name; });
      return found == groups.end() ? std::nullopt : std::optional(found - groups.begin());
    };
    const auto head = place("head"), embedding = place("WE");
    const auto tensor = [&](auto at) {
      return model_.tensors[static_cast<std::size_t>(*at)];
    };
    if (head && shared_head) reject(shared_head->name, " is a second head beside ", tensor(head));
    if (!embedding) {
      if (conventions_.tied.value_or(false))
        reject("the head is said to be tied, but no tensor is a word embedding");
      if (!head) reject("no tensor is the head, and none is a word embedding that could be read backwards");
      return;
    }
    const auto same_shape = [&] {
      const auto &a = groups[static_cast<std::size_t>(*head)].shape,
                 &b = groups[static_cast<std::size_t>(*embedding)].shape;
      return a[0] == b[1];
    };
    if (head && !conventions_.tied && same_shape())
      reject(tensor(head), " has the shape of the word embedding ", tensor(embedding),
             " and may be the same tensor: say whether the head is tied");
    if (head && !conventions_.tied.value_or(false)) return;
    if (!conventions_.tied.value_or(true))
      reject("the head is said not to be tied to ", tensor(embedding), ", but ",
             shared_head ? shared_head->name + " shares it" : "no other tensor is a head");
    if (head) {
      if (!same_shape())
        reject(tensor(head), " cannot be tied to ", tensor(embedding), ", whose shape is another");
      model_.tensors.erase(model_.tensors.begin() + *head);
      groups.erase(groups.begin() + *head);
      if (!place("head_bias")) model_.sizes.erase("n_out");
    }
    model_.groups.tied_head = true;
    model_.tied_tensor = tensor(place("WE"));
  }

  void require_known(const std::map<std::string, double>& set, const char* what) const {
    for (const auto& [name, value] : set)
      if (std::none_of(model_.groups.groups.begin(), model_.groups.groups.end(),
                       [&, &known = name](const auto& g) { return g.name == known; }))
        reject("the ", what, " of ", name, " is set, but the model has no such group");
  }

  std::vector<GrownTensor> tensors_;
  const ShapeConventions& conventions_;
  SizeRow widths_;
  SizeSymbols symbols_;
  ShapedModel model_;
  std::map<std::string, int> blocks_;
  std::map<std::string, std::string> seen_;
};

/// Tensors that are others under a second name: embeddings of a second half, and heads.
inline const NamedShape* require_shared(const TensorList& list, const ShapeConventions& conventions) {
  const NamedShape* head = nullptr;
  for (const NamedShape& tensor : list) {
    if (tensor.shares.empty()) continue;
    const std::string role = role_of(tensor.name, conventions).name;
    if (role == "ignore") continue;
    const auto target =
        std::find_if(list.begin(), list.end(), [&](const auto& t) { return t.name == tensor.shares; });
    if (target == list.end() || !target->shares.empty() || role_of(target->name, conventions).name != "WE" ||
        (role != "WE" && role != "head"))
      reject(tensor.name, " is said to be ", tensor.shares,
             ": only a head or a second word embedding may be another tensor, a word embedding with a shape");
    if (role == "head") head = &tensor;
  }
  return head;
}

}  // namespace detail

/// The parameter groups of a model from its tensors' names and shapes at two widths or more; `lists[planned]`
/// is the model that is planned for.
///
/// Names say what a tensor is, shapes which of its dimensions is the width, and how the others go with it:
/// a size that stays, or a fixed multiple. A matrix of fan-in f and fan-out g states order f and f·g active
/// parameters (theory §5), a bias or a gain order one. Tensors may lie as outputs × inputs or inputs ×
/// outputs. Throws std::invalid_argument naming the tensor where name or shape tells nothing or two things, a
/// size grows in no known way, or it cannot be known whether the head is tied.
inline ShapedModel read_shapes(const std::vector<TensorList>& lists, const ShapeConventions& conventions = {},
                               std::size_t planned = 0) {
  if (lists.size() < 2)
    detail::reject(
        "shapes at one width do not show which dimensions grow: two models of different width are needed");
  if (planned >= lists.size())
    detail::reject("there are ", lists.size(), " models, and none has the index ", planned);
  for (const auto& [pattern, role] : conventions.roles)
    if (std::find(tensor_roles.begin(), tensor_roles.end(), role) == tensor_roles.end())
      detail::reject("the role of ", pattern, " is no known one: ", role);

  const TensorList& chosen = lists[planned];
  std::vector<detail::TensorIndex> indices{detail::TensorIndex(chosen)};
  const auto kept = [&](const NamedShape& tensor) {
    return detail::role_of(tensor.name, conventions).name != "ignore";
  };
  for (const TensorList& list : lists) {
    if (&list == &chosen) continue;
    for (const NamedShape& tensor : list)
      if (kept(tensor)) indices.front().counterpart(tensor);
    indices.emplace_back(list);
  }

  const NamedShape* shared_head = detail::require_shared(chosen, conventions);
  std::vector<detail::GrownTensor> tensors;
  for (const NamedShape& tensor : chosen) {
    if (!kept(tensor)) continue;
    detail::require_shape(tensor);
    auto dimensions = detail::grown_dimensions(tensor, indices);
    if (tensor.shares.empty())
      tensors.push_back({tensor.name, detail::take_apart(tensor.name),
                         detail::role_of(tensor.name, conventions), std::move(dimensions)});
  }
  return detail::ShapeReader(std::move(tensors), conventions).read(shared_head);
}

/// The tensors of every line of a plan that was made for the model.
inline std::vector<std::vector<std::string>> tensors_of(const ShapedModel& model) {
  std::vector<const ParameterGroup*> lines;
  std::vector<std::vector<std::string>> tensors;
  for (std::size_t i = 0; i < model.groups.groups.size(); ++i) {
    const ParameterGroup& group = model.groups.groups[i];
    std::size_t line = 0;
    while (line < lines.size() && !detail::alike(*lines[line], group)) ++line;
    if (line == lines.size()) {
      lines.push_back(&group);
      tensors.emplace_back();
    }
    tensors[line].push_back(model.tensors[i]);
  }
  return tensors;
}

}  // namespace widthwise
