// SPDX-License-Identifier: MIT
// Plans of widthwise for models in libtorch: copy this file into your project. It needs
// widthwise/scaling/plan.hpp, the standard library and libtorch.
#pragma once

#include <torch/optim/adamw.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "widthwise/scaling/plan.hpp"

namespace widthwise {

/// A parameter of a model in libtorch, and what widthwise calls it: "patch", "block2.Q", "decoder.block3.U".
///
/// Blocks are numbered as the plan numbers them, from 2 on. Matrices have the plan's shape, outputs × inputs,
/// as in torch::nn::Linear; the word embedding WE may be its transpose, as in torch::nn::Embedding.
struct NamedTensor {
  std::string name;
  torch::Tensor tensor;
};

/// What AdamW is given for the whole model, before the factors of the plan.
struct AdamWSettings {
  double learning_rate = 0;  ///< η
  double weight_decay = 0;   ///< a step shrinks every weight by η · weight_decay
  double epsilon = 1e-8;  ///< Adam's ε for gradients of size one; every group's goes with the size of its own
  double beta1 = 0.9;
  double beta2 = 0.999;
};

namespace detail::for_torch {

/// "decoder.block3.U" taken apart: the block is 0 where the name has none.
struct TensorName {
  std::string group;  ///< with its part, as plans have it: "decoder.U"
  int block = 0;
};

inline TensorName parse_tensor_name(std::string_view name) {
  TensorName parsed;
  for (std::size_t start = 0; start <= name.size();) {
    const std::size_t dot = std::min(name.find('.', start), name.size());
    const std::string_view word = name.substr(start, dot - start),
                           digits = word.substr(std::min<std::size_t>(5, word.size()));
    const bool is_block =
        word.substr(0, 5) == "block" && !digits.empty() && digits.size() < 7 &&
        std::all_of(digits.begin(), digits.end(), [](char c) { return '0' <= c && c <= '9'; });
    if (is_block)
      parsed.block = std::stoi(std::string(digits));
    else
      parsed.group += (parsed.group.empty() ? "" : ".") + std::string(word);
    start = dot + 1;
  }
  return parsed;
}

inline std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "a single number" : text;
}

/// The line of the plan that a tensor belongs to, by its name.
inline const Hyperparameters& line_of(const Plan& plan, const std::string& name) {
  const TensorName parsed = parse_tensor_name(name);
  for (const Hyperparameters& line : plan) {
    const bool here = line.blocks.empty() ? parsed.block == 0
                                          : std::find(line.blocks.begin(), line.blocks.end(), parsed.block) !=
                                                line.blocks.end();
    if (line.name == parsed.group && here) return line;
  }
  reject("tensor ", name, ": the plan has no group of that name");
}

inline void require_shape(const Hyperparameters& line, const NamedTensor& named) {
  const std::vector<std::int64_t> shape = named.tensor.sizes().vec();
  const bool is_table = line.name.ends_with("WE");
  if (shape == line.shape ||
      (is_table && std::equal(shape.begin(), shape.end(), line.shape.rbegin(), line.shape.rend())))
    return;
  reject("tensor ", named.name, " is ", shape_text(shape), " where the plan has ", shape_text(line.shape));
}

/// The tensors of every line of the plan, in its order; refuses a model that is not the plan's.
inline std::vector<std::vector<torch::Tensor>> tensors_by_line(const Plan& plan,
                                                               const std::vector<NamedTensor>& tensors) {
  std::map<std::pair<const Hyperparameters*, int>, torch::Tensor> found;
  for (const NamedTensor& named : tensors) {
    const Hyperparameters& line = line_of(plan, named.name);
    if (!named.tensor.defined()) reject("tensor ", named.name, " holds nothing");
    require_shape(line, named);
    if (!found.emplace(std::pair(&line, parse_tensor_name(named.name).block), named.tensor).second)
      reject("tensor ", named.name, " is there twice");
  }
  std::vector<std::vector<torch::Tensor>> lines;
  for (const Hyperparameters& line : plan) {
    lines.emplace_back();
    for (const int block : line.blocks.empty() ? std::vector<int>{0} : line.blocks) {
      const auto tensor = found.find({&line, block});
      if (tensor == found.end())
        reject("the model has no tensor for the plan's group ", line.name,
               block ? " in block " + std::to_string(block) : "");
      lines.back().push_back(tensor->second);
    }
  }
  return lines;
}

}  // namespace detail::for_torch

/// Fills the tensors of a model with normal numbers of the plan's deviations.
///
/// They are drawn on the CPU in the order of the tensors, so that the same seed gives the same digits on any
/// device. Throws std::invalid_argument where the tensors are not those of the plan: an unknown group,
/// another shape, one that is missing or there twice; nothing is filled then.
inline void initialize(const Plan& plan, const std::vector<NamedTensor>& tensors, std::uint64_t seed) {
  detail::for_torch::tensors_by_line(plan, tensors);
  torch::NoGradGuard no_gradients;
  torch::Generator generator = at::detail::createCPUGenerator(seed);
  for (const NamedTensor& named : tensors) {
    const Hyperparameters& line = detail::for_torch::line_of(plan, named.name);
    torch::Tensor drawn = torch::full(named.tensor.sizes(), line.init_mean, torch::kFloat);
    if (line.init_std > 0) drawn.normal_(line.init_mean, line.init_std, generator);
    named.tensor.copy_(drawn);
  }
}

/// Parameter groups for torch::optim::AdamW, one for each line of the plan that is trained, in its order.
///
/// A group's learning rate is η · learning_rate_factor, its decay weight_decay · weight_decay_factor, its ε
/// epsilon · gradient_scale. Schedules must multiply the groups' rates, which keeps their ratios. Throws
/// std::invalid_argument for a plan of another optimizer, for settings that are negative or not finite, and
/// where the tensors are not those of the plan.
inline std::vector<torch::optim::OptimizerParamGroup> parameter_groups(
    const Plan& plan, const std::vector<NamedTensor>& tensors, const AdamWSettings& settings) {
  if (plan.optimizer != "adamw") detail::reject("the plan is one for ", plan.optimizer, ", not for adamw");
  for (const auto& [what, value] :
       {std::pair("the learning rate", settings.learning_rate),
        std::pair("the weight decay", settings.weight_decay), std::pair("epsilon", settings.epsilon)})
    if (!(value >= 0 && std::isfinite(value)))
      detail::reject(what, " should be a number from zero on, but is ", value);
  const auto lines = detail::for_torch::tensors_by_line(plan, tensors);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Hyperparameters& line = plan.groups[i];
    if (line.learning_rate_factor == 0) continue;  // frozen
    auto options =
        std::make_unique<torch::optim::AdamWOptions>(settings.learning_rate * line.learning_rate_factor);
    options->weight_decay(settings.weight_decay * line.weight_decay_factor)
        .eps(settings.epsilon * line.gradient_scale)
        .betas(std::tuple(settings.beta1, settings.beta2));
    groups.emplace_back(lines[i], std::move(options));
  }
  return groups;
}

/// What the model must multiply a tensor by where it uses it; 1 under most strategies.
///
/// The logits of a tied head are multiplied by `plan.output_multiplier` besides. Throws std::invalid_argument
/// where the plan has no group of that name.
inline double multiplier(const Plan& plan, const std::string& name) {
  return detail::for_torch::line_of(plan, name).multiplier;
}

}  // namespace widthwise
