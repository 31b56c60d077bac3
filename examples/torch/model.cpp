// SPDX-License-Identifier: MIT
#include "model.hpp"

#include <cmath>
#include <limits>

namespace widthwise::training {

Model::Model(const ModelSizes& sizes, const Plan& plan, std::uint64_t seed)
    : sizes_(sizes), output_multiplier_(plan.output_multiplier), skip_multiplier_(plan.skip_multiplier) {
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    place_[name] = parameters_.size();
    parameters_.push_back({name, torch::zeros(shape, torch::requires_grad())});
    multipliers_[name] = multiplier(plan, name);
  };
  const std::int64_t n = sizes.width, hidden = sizes.mlp_multiplier * n;
  if (sizes.task == Task::vision)
    add("patch", {n, sizes.inputs});
  else
    add("WE", {sizes.outputs, n});
  add("PE", {sizes.tokens, n});
  for (std::int64_t layer = 0; layer < sizes.layers; ++layer) {
    const std::string attention = "block" + std::to_string(2 * layer + 2) + ".",
                      mlp = "block" + std::to_string(2 * layer + 3) + ".";
    for (const char* matrix : {"Q", "K", "V", "U"}) add(attention + matrix, {n, n});
    add(mlp + "W", {hidden, n});
    add(mlp + "X", {n, hidden});
  }
  if (sizes.task == Task::vision) {
    add("head", {sizes.outputs, n});
    add("head_bias", {sizes.outputs});
  } else {
    unseen_ = torch::ones({sizes.tokens, sizes.tokens}, torch::kBool).triu(1);
  }
  initialize(plan, parameters_, seed);
}

const torch::Tensor& Model::tensor(const std::string& name) const {
  return parameters_[place_.at(name)].tensor;
}

torch::Tensor Model::linear(const torch::Tensor& signal, const std::string& name) const {
  const torch::Tensor product = torch::linear(signal, tensor(name));
  const double factor = multipliers_.at(name);
  return factor == 1 ? product : factor * product;
}

torch::Tensor Model::normalized(const torch::Tensor& signal) const {
  return torch::layer_norm(signal, {sizes_.width}, {}, {}, layer_norm_epsilon);
}

torch::Tensor Model::embed(const torch::Tensor& inputs) const {
  const torch::Tensor position = multipliers_.at("PE") * tensor("PE");
  if (sizes_.task == Task::vision) return linear(inputs, "patch") + position;
  return multipliers_.at("WE") * torch::embedding(tensor("WE"), inputs) + position;
}

torch::Tensor Model::attention(const torch::Tensor& signal, const std::string& block) const {
  const std::int64_t batch = signal.size(0), tokens = signal.size(1), channels = sizes_.width / sizes_.heads;
  const auto heads = [&](const char* matrix) {
    return linear(signal, block + matrix).view({batch, tokens, sizes_.heads, channels}).transpose(1, 2);
  };
  torch::Tensor scores =
      torch::matmul(heads("Q") / std::sqrt(static_cast<double>(channels)), heads("K").transpose(2, 3));
  if (unseen_.defined()) scores = scores.masked_fill(unseen_, -std::numeric_limits<float>::infinity());
  const torch::Tensor read = torch::matmul(torch::softmax(scores, -1), heads("V"));
  return linear(read.transpose(1, 2).reshape({batch, tokens, sizes_.width}), block + "U");
}

torch::Tensor Model::mlp(const torch::Tensor& signal, const std::string& block) const {
  return linear(torch::gelu(linear(signal, block + "W")), block + "X");
}

torch::Tensor Model::logits(const torch::Tensor& inputs) const {
  torch::Tensor signal = embed(inputs);
  for (std::int64_t i = 0; i < 2 * sizes_.layers; ++i) {
    const std::string block = "block" + std::to_string(i + 2) + ".";
    const torch::Tensor skip = skip_multiplier_ == 1 ? signal : skip_multiplier_ * signal;
    signal = skip + (i % 2 == 0 ? attention(normalized(signal), block) : mlp(normalized(signal), block));
  }
  signal = normalized(signal);
  // The mean over tokens and the head commute, and the mean is the cheaper one to take first.
  if (sizes_.task == Task::vision)
    return linear(signal.mean(1), "head") + multipliers_.at("head_bias") * tensor("head_bias");
  return output_multiplier_ * multipliers_.at("WE") * torch::linear(signal, tensor("WE"));
}

}  // namespace widthwise::training
