// SPDX-License-Identifier: MIT
#include "widthwise_torch.hpp"

#include "torch_and_catch.hpp"

#include <cmath>

#include "model.hpp"
#include "widthwise/scaling/optimizer.hpp"

namespace {

using namespace widthwise;
using training::ModelSizes, training::PlanRequest, training::Task;

PlanRequest small(Task task, const std::string& strategy) {
  PlanRequest request{training::sizes_of(task), strategy, 3};
  request.sizes.width = 64;
  return request;
}

std::vector<NamedTensor> tensors_of(const Plan& plan, Task task) {
  return training::Model(small(task, "hybrid").sizes, plan, 0).parameters();
}

std::string refusal(const Plan& plan, const std::vector<NamedTensor>& tensors) {
  try {
    initialize(plan, tensors, 0);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("tensors are drawn with the deviations of the plan") {
  const Task task = GENERATE(Task::vision, Task::text);
  const std::string strategy = GENERATE("uniform", "neural-tangent", "mup");
  const Plan plan = make_plan(small(task, strategy));
  const auto tensors = tensors_of(plan, task);
  for (const NamedTensor& named : tensors) {
    CAPTURE(strategy, named.name);
    const Hyperparameters& line = widthwise::detail::for_torch::line_of(plan, named.name);
    const auto count = static_cast<double>(named.tensor.numel());
    const auto values = named.tensor.detach().to(torch::kDouble);
    const double squares = values.square().mean().item<double>(), mean = values.mean().item<double>();
    // Four standard errors of a mean and of a variance of normal numbers.
    CHECK(std::abs(mean) <= 4 * line.init_std / std::sqrt(count));
    CHECK(std::abs(squares - line.init_std * line.init_std) <=
          4 * line.init_std * line.init_std * std::sqrt(2 / count));
  }
  // Different tensors, different numbers.
  CHECK_FALSE(torch::equal(tensors[2].tensor, tensors[3].tensor));
}

TEST_CASE("the seed fixes the digits") {
  const Plan plan = make_plan(small(Task::vision, "hybrid"));
  const ModelSizes sizes = small(Task::vision, "hybrid").sizes;
  const training::Model first(sizes, plan, 7), again(sizes, plan, 7), other(sizes, plan, 8);
  for (std::size_t i = 0; i < first.parameters().size(); ++i) {
    const auto& name = first.parameters()[i].name;
    CAPTURE(name);
    CHECK(torch::equal(first.parameters()[i].tensor, again.parameters()[i].tensor));
    if (name != "head_bias")
      CHECK_FALSE(torch::equal(first.parameters()[i].tensor, other.parameters()[i].tensor));
  }
}

TEST_CASE("parameter groups have the numbers of the plan") {
  const Task task = GENERATE(Task::vision, Task::text);
  const Plan plan = make_plan(small(task, "hybrid"));
  const auto tensors = tensors_of(plan, task);
  auto groups = parameter_groups(
      plan, tensors,
      {.learning_rate = 0.5, .weight_decay = 0.25, .epsilon = 1e-6, .beta1 = 0.8, .beta2 = 0.95});
  REQUIRE(groups.size() == plan.groups.size());
  std::size_t grouped = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Hyperparameters& line = plan.groups[i];
    CAPTURE(line.name);
    auto& options = static_cast<torch::optim::AdamWOptions&>(groups[i].options());
    CHECK(options.lr() == 0.5 * line.learning_rate_factor);
    // The paper's decay: every weight shrinks by η · wd.
    CHECK(options.lr() * options.weight_decay() == Approx(0.5 * 0.25).epsilon(1e-12));
    CHECK(options.eps() == 1e-6 * line.gradient_scale);
    CHECK(options.betas() == std::tuple(0.8, 0.95));
    CHECK(static_cast<std::int64_t>(groups[i].params().size()) == line.copies);
    std::int64_t numbers = 0;
    for (const torch::Tensor& tensor : groups[i].params()) numbers += tensor.numel();
    CHECK(numbers == line.parameters);
    grouped += groups[i].params().size();
  }
  CHECK(grouped == tensors.size());
  // Λ_PE = 3 is in the factor: vectors learn with 1/√n, times n^(s/2).
  const Hyperparameters& position = widthwise::detail::for_torch::line_of(plan, "PE");
  CHECK(position.learning_rate_factor == Approx(3 * std::pow(64.0, -0.5 + 0.25)).epsilon(1e-12));
}

TEST_CASE("a step without gradients shrinks every weight by the learning rate times the decay") {
  const Plan plan = make_plan(small(Task::text, "maximal-update"));
  const auto tensors = tensors_of(plan, Task::text);
  std::vector<torch::Tensor> before;
  for (const NamedTensor& named : tensors) {
    before.push_back(named.tensor.detach().clone());
    named.tensor.mutable_grad() = torch::zeros_like(named.tensor);
  }
  torch::optim::AdamW(parameter_groups(plan, tensors, {.learning_rate = 0.5, .weight_decay = 0.25})).step();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CAPTURE(tensors[i].name);
    // To the rounding of single precision.
    CHECK((tensors[i].tensor - (1 - 0.5 * 0.25) * before[i]).abs().max().item<double>() <=
          1e-6 * before[i].abs().max().item<double>());
  }
}

TEST_CASE("frozen groups are no parameter groups") {
  Plan plan = make_plan(small(Task::vision, "hybrid"));
  const auto tensors = tensors_of(plan, Task::vision);
  plan.groups[1].learning_rate_factor = 0;
  CHECK(parameter_groups(plan, tensors, {.learning_rate = 1}).size() == plan.groups.size() - 1);
}

TEST_CASE("blocks of one group may have lines of their own") {
  Plan plan = make_plan(small(Task::vision, "hybrid"));
  const auto tensors = tensors_of(plan, Task::vision);
  // As where the coefficients of two layers differ.
  for (std::size_t i = 0; i < plan.groups.size(); ++i)
    if (plan.groups[i].name == "Q") {
      REQUIRE(plan.groups[i].blocks == std::vector<int>{2, 4});
      Hyperparameters second = plan.groups[i];
      plan.groups[i].blocks = {2};
      second.blocks = {4};
      second.init_std *= 8;
      plan.groups.push_back(second);
      break;
    }
  initialize(plan, tensors, 1);
  const auto deviation = [&](const std::string& name) {
    for (const NamedTensor& named : tensors)
      if (named.name == name) return named.tensor.std().item<double>();
    return 0.0;
  };
  const double ratio = deviation("block4.Q") / deviation("block2.Q");
  // Each deviation of 4096 numbers is known to 1/√8192; four standard errors of their ratio.
  CHECK(std::abs(ratio / 8 - 1) < 4 * std::sqrt(2.0 / 8192));
}

TEST_CASE("a model that is not the plan's is refused, and nothing is filled") {
  const Plan plan = make_plan(small(Task::vision, "hybrid")), text = make_plan(small(Task::text, "hybrid"));
  const auto tensors = tensors_of(plan, Task::vision);
  const torch::Tensor before = tensors[0].tensor.detach().clone();
  const auto changed = [&](std::size_t at, const NamedTensor& named) {
    auto list = tensors;
    list[at] = named;
    return list;
  };
  const auto matrix = torch::zeros({64, 64});
  CHECK(refusal(plan, changed(2, {"block2.query", matrix})) ==
        "tensor block2.query: the plan has no group of that name");
  CHECK(refusal(plan, changed(2, {"block3.Q", matrix})) ==
        "tensor block3.Q: the plan has no group of that name");
  CHECK(refusal(plan, changed(2, {"Q", matrix})) == "tensor Q: the plan has no group of that name");
  CHECK(refusal(plan, changed(2, {"block2.Q", torch::zeros({64, 32})})) ==
        "tensor block2.Q is 64x32 where the plan has 64x64");
  CHECK(refusal(plan, changed(2, {"block2.Q", {}})) == "tensor block2.Q holds nothing");
  CHECK(refusal(plan, changed(0, {"patch", torch::zeros({49, 64})})) ==
        "tensor patch is 49x64 where the plan has 64x49");
  CHECK(refusal(plan, changed(2, {"block2.K", matrix})) == "tensor block2.K is there twice");
  auto fewer = tensors;
  fewer.pop_back();
  CHECK(refusal(plan, fewer) == "the model has no tensor for the plan's group head_bias");
  fewer = tensors;
  fewer.erase(fewer.begin() + 2);
  CHECK(refusal(plan, fewer) == "the model has no tensor for the plan's group Q in block 2");
  CHECK(torch::equal(before, tensors[0].tensor));

  // Word embeddings may lie as in torch::nn::Embedding or as in the plan.
  auto words = tensors_of(text, Task::text);
  CHECK(words[0].tensor.size(0) == 256);
  words[0].tensor = torch::zeros({64, 256});
  CHECK(refusal(text, words) == "none");
  words[0].tensor = torch::zeros({64, 255});
  CHECK(refusal(text, words) == "tensor WE is 64x255 where the plan has 64x256");
}

TEST_CASE("settings and plans of other optimizers are refused") {
  Plan plan = make_plan(small(Task::vision, "hybrid"));
  const auto tensors = tensors_of(plan, Task::vision);
  CHECK_THROWS_WITH(parameter_groups(plan, tensors, {.learning_rate = -1}),
                    "the learning rate should be a number from zero on, but is -1");
  CHECK_THROWS_WITH(parameter_groups(plan, tensors, {.learning_rate = 1, .weight_decay = NAN}),
                    "the weight decay should be a number from zero on, but is nan");
  CHECK_THROWS_WITH(parameter_groups(plan, tensors, {.learning_rate = 1, .epsilon = -1e-8}),
                    "epsilon should be a number from zero on, but is -1e-08");
  plan.optimizer = "sgd";
  CHECK_THROWS_WITH(parameter_groups(plan, tensors, {.learning_rate = 1}),
                    "the plan is one for sgd, not for adamw");
}
