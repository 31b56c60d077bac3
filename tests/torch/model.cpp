// SPDX-License-Identifier: MIT
// The models in libtorch against the library's own networks of finite width, and what a step of AdamW does to
// them.
#include "model.hpp"

#include "torch_and_catch.hpp"

#include <torch/optim/adamw.h>

#include <cmath>

#include "network.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/finite/gradient.hpp"

namespace {

using namespace widthwise;
using training::Model, training::PlanRequest, training::Task;

constexpr std::int64_t samples = 3;

PlanRequest request_of(Task task, const std::string& strategy, std::int64_t width) {
  PlanRequest request{training::sizes_of(task), strategy};
  request.sizes.width = width;
  return request;
}

torch::Tensor inputs_of(Task task) {
  torch::Generator generator = at::detail::createCPUGenerator(3);
  if (task == Task::vision) return torch::randn({samples, 16, 49}, generator);
  return torch::randint(0, 256, {samples, 32}, generator, torch::kLong);
}

Matrix<double> matrix(const torch::Tensor& tensor) {
  const torch::Tensor numbers = tensor.detach().to(torch::kDouble).contiguous();
  const Index cols = numbers.size(-1);
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      numbers.data_ptr<double>(), numbers.numel() / cols, cols);
}

Patches<double> as_input(const PatchStem&, const torch::Tensor& inputs) {
  return {{.samples = samples, .tokens = inputs.size(1)}, matrix(inputs)};
}

TokenIds as_input(const TokenStem&, const torch::Tensor& inputs) {
  const std::int64_t* ids = inputs.data_ptr<std::int64_t>();
  return {{.samples = samples, .tokens = inputs.size(1)}, std::vector<Index>(ids, ids + inputs.numel())};
}

// Single precision: sums of some hundred terms, four blocks deep.
void check_close(const Matrix<double>& found, const Matrix<double>& expected) {
  REQUIRE(found.rows() == expected.rows());
  REQUIRE(found.cols() == expected.cols());
  CHECK((found - expected).norm() <= 2e-5 * expected.norm());
}

template <class Network>
void check_against(const Network& network, const Model& model, const Plan& plan,
                   const torch::Tensor& inputs) {
  FiniteWeights<double> weights;
  for (const NamedTensor& named : model.parameters()) {
    weights.names.push_back(named.name);
    const bool vector = named.tensor.dim() == 1;
    weights.tensors.push_back(multiplier(plan, named.name) * matrix(vector ? named.tensor.unsqueeze(1)
                                                                    : named.name == "WE" ? named.tensor.t()
                                                                                         : named.tensor));
  }
  weights.output_multiplier = plan.output_multiplier;
  const FiniteRun run(network, weights, as_input(network.stem, inputs));
  const torch::Tensor logits = model.logits(inputs);
  check_close(matrix(logits), run.outputs());

  torch::Generator generator = at::detail::createCPUGenerator(4);
  const torch::Tensor cotangent = torch::randn(logits.sizes(), generator);
  (logits * cotangent).sum().backward();
  const auto expected = gradient(run, weights, matrix(cotangent));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const NamedTensor& named = model.parameters()[i];
    CAPTURE(named.name);
    const torch::Tensor found = named.tensor.grad();
    check_close(matrix(found.dim() == 1     ? found.unsqueeze(1)
                       : named.name == "WE" ? found.t()
                                            : found),
                multiplier(plan, named.name) * expected[i]);
  }
}

// The root mean square of what the first step of AdamW does to the outputs.
double first_change(const PlanRequest& request, std::uint64_t seed) {
  const Plan plan = make_plan(request);
  const Model model(request.sizes, plan, seed);
  const torch::Tensor inputs = inputs_of(request.sizes.task);
  torch::optim::AdamW optimizer(
      parameter_groups(plan, model.parameters(), {.learning_rate = 1e-3, .epsilon = 1e-12}));
  const torch::Tensor before = model.logits(inputs);
  torch::cross_entropy_loss(before, torch::arange(samples)).backward();
  optimizer.step();
  return (model.logits(inputs) - before).square().mean().sqrt().item<double>();
}

PowerLaw change_with_width(const std::string& strategy) {
  constexpr std::int64_t seeds = 6;
  std::vector<double> widths, means, errors;
  for (const std::int64_t width : {64, 128, 256, 512}) {
    double sum = 0, squares = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const double change = first_change(request_of(Task::vision, strategy, width), seed);
      sum += change;
      squares += change * change;
    }
    widths.push_back(static_cast<double>(width));
    means.push_back(sum / seeds);
    errors.push_back(std::sqrt((squares / seeds - means.back() * means.back()) / (seeds - 1)));
  }
  return power_law(widths, means, errors);
}

}  // namespace

TEST_CASE("models in libtorch are the networks that were planned for, and so are their gradients") {
  const std::string strategy = GENERATE("uniform", "neural-tangent", "mup", "mean-field");
  CAPTURE(strategy);
  for (const Task task : {Task::vision, Task::text}) {
    const PlanRequest request = request_of(task, strategy, 32);
    const Plan plan = make_plan(request);
    const Model model(request.sizes, plan, 1);
    if (task == Task::vision)
      check_against(described_vision(request), model, plan, inputs_of(task));
    else
      check_against(described_text(request), model, plan, inputs_of(task));
  }
}

TEST_CASE("a language model does not see what comes later") {
  const PlanRequest request = request_of(Task::text, "hybrid", 32);
  const Model model(request.sizes, make_plan(request), 1);
  const torch::Tensor inputs = inputs_of(Task::text), changed = inputs.clone();
  changed.slice(1, 20).fill_(65);
  const torch::Tensor before = model.logits(inputs), after = model.logits(changed);
  CHECK(torch::equal(before.slice(1, 0, 20), after.slice(1, 0, 20)));
  CHECK_FALSE(torch::equal(before.slice(1, 20), after.slice(1, 20)));
}

TEST_CASE("the first step of AdamW moves outputs as far at every width, with planned rates") {
  const std::string strategy = GENERATE("neural-tangent", "hybrid", "maximal-update", "mup");
  const PowerLaw law = change_with_width(strategy);
  CAPTURE(strategy, law.exponent, law.standard_error);
  // Corrections of order 1/n tilt a fit from n = 64 on by some 0.05 (docs/finite-width.md).
  CHECK(std::abs(law.exponent) < 0.05 + 3 * law.standard_error);
  CHECK(law.standard_error < 0.1);
}

TEST_CASE("with one rate for all, it moves them farther the wider the model is") {
  const PowerLaw law = change_with_width("uniform");
  CAPTURE(law.exponent, law.standard_error);
  CHECK(law.exponent > 0.4);
}
