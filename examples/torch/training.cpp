// SPDX-License-Identifier: MIT
#include "training.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "data.hpp"
#include "model.hpp"
#include "widthwise/random/stream.hpp"

namespace widthwise::training {

namespace {

// So small that it plays no role: gradients of groups are about this large times their gradient_scale, over
// tokens.
constexpr double epsilon = 1e-12;

torch::Tensor loss_of(const Model& model, const Batch& batch) {
  const torch::Tensor logits = model.logits(batch.inputs);
  return torch::cross_entropy_loss(logits.view({-1, logits.size(-1)}), batch.targets.view({-1}));
}

double held_out_loss(const Model& model, const Data& data) {
  torch::NoGradGuard no_gradients;
  return loss_of(model, data.held_out()).item<double>();
}

void set_rates(torch::optim::AdamW& optimizer, const std::vector<double>& rates, double factor) {
  for (std::size_t i = 0; i < rates.size(); ++i)
    optimizer.param_groups()[i].options().set_lr(rates[i] * factor);
}

}  // namespace

double schedule(std::int64_t step, std::int64_t steps) {
  const auto warmup = static_cast<double>(std::max<std::int64_t>(steps / 10, 1)),
             done = static_cast<double>(step);
  if (done < warmup) return (done + 1) / warmup;
  return (1 + std::cos(std::numbers::pi * (done - warmup) / (static_cast<double>(steps) - warmup))) / 2;
}

TrainingRun train(const TrainingSettings& settings, const Data& data, const Progress& progress) {
  const Plan plan = make_plan(settings.plan);
  const Stream stream(settings.seed);
  const Model model(settings.plan.sizes, plan, stream.child(0).key());
  std::mt19937_64 examples(stream.child(1).key());
  torch::optim::AdamW optimizer(parameter_groups(
      plan, model.parameters(),
      {.learning_rate = settings.learning_rate, .weight_decay = settings.weight_decay, .epsilon = epsilon}));
  std::vector<double> rates;
  for (const auto& group : optimizer.param_groups()) rates.push_back(group.options().get_lr());

  TrainingRun run{.initial_loss = held_out_loss(model, data)};
  run.train_loss = run.held_out_loss = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t step = 0; step < settings.steps; ++step) {
    const torch::Tensor loss = loss_of(model, data.draw(settings.batch, examples));
    run.losses.push_back(loss.item<double>());
    if (!std::isfinite(run.losses.back())) return run;
    optimizer.zero_grad();
    loss.backward();
    set_rates(optimizer, rates, schedule(step, settings.steps));
    optimizer.step();
    if (progress) progress(step + 1, settings.steps);
  }
  const auto last = std::max<std::ptrdiff_t>(settings.steps / 10, 1);
  run.train_loss =
      std::accumulate(run.losses.end() - last, run.losses.end(), 0.0) / static_cast<double>(last);
  run.held_out_loss = held_out_loss(model, data);
  return run;
}

}  // namespace widthwise::training
