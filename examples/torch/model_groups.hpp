// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "widthwise/scaling/plan.hpp"

namespace widthwise::training {

/// ε of the layer norms.
inline constexpr double layer_norm_epsilon = 1e-6;

enum class Task { vision, text };

/// "vision" or "text".
std::string to_string(Task task);

/// The sizes of the models that are trained here.
struct ModelSizes {
  Task task = Task::vision;
  std::int64_t width = 64;
  std::int64_t heads = 4;
  std::int64_t layers = 2;          ///< each an attention and an MLP block
  std::int64_t mlp_multiplier = 4;  ///< M
  std::int64_t tokens = 16;         ///< patches of an image, or bytes of a text
  std::int64_t inputs = 49;         ///< numbers of a patch
  std::int64_t outputs = 10;        ///< classes, or the vocabulary

  bool operator==(const ModelSizes&) const = default;
};

/// "vision" or "text". Throws std::invalid_argument.
Task parse_task(const std::string& word);

/// Images of 28 × 28 pixels in 16 patches and ten classes, or 32 bytes of text; width, heads and layers are
/// those of `chosen`.
ModelSizes sizes_of(Task task, const ModelSizes& chosen = {});

/// What a plan is to be made for: the network of these sizes, described to widthwise.
struct PlanRequest {
  ModelSizes sizes;
  std::string strategy = "hybrid";
  double position_rate = 1;  ///< Λ_PE, multiplies the learning rate of the positional embedding
};

/// The plan for AdamW. Throws std::invalid_argument for sizes that make no network and unknown strategies.
Plan make_plan(const PlanRequest& request);

}  // namespace widthwise::training
