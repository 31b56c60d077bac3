// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "model_groups.hpp"
#include "widthwise_torch.hpp"

namespace widthwise::training {

/// A pre-norm Transformer in libtorch as the theory has it: no biases in attention and MLP, layer norms
/// without trained parameters, untied queries and keys at 1/√C, exact GELU; a mean-pooled linear head for
/// images, the word embedding read backwards for text.
class Model {
 public:
  /// Parameters are drawn with the plan's deviations. Throws std::invalid_argument where the plan is for
  /// other sizes.
  Model(const ModelSizes& sizes, const Plan& plan, std::uint64_t seed);

  /// Images: batch × tokens × inputs floats to batch × classes. Text: batch × tokens bytes as 64-bit integers
  /// to batch × tokens × vocabulary.
  torch::Tensor logits(const torch::Tensor& inputs) const;

  /// Every parameter, under widthwise's name.
  const std::vector<NamedTensor>& parameters() const { return parameters_; }

 private:
  const torch::Tensor& tensor(const std::string& name) const;
  torch::Tensor linear(const torch::Tensor& signal, const std::string& name) const;
  torch::Tensor embed(const torch::Tensor& inputs) const;
  torch::Tensor attention(const torch::Tensor& signal, const std::string& block) const;
  torch::Tensor mlp(const torch::Tensor& signal, const std::string& block) const;
  torch::Tensor normalized(const torch::Tensor& signal) const;

  ModelSizes sizes_;
  std::vector<NamedTensor> parameters_;
  std::map<std::string, std::size_t> place_;
  std::map<std::string, double> multipliers_;
  double output_multiplier_ = 1;
  double skip_multiplier_ = 1;
  torch::Tensor unseen_;  // of text: a token's later ones
};

}  // namespace widthwise::training
