// SPDX-License-Identifier: MIT
#include "training.hpp"

#include "torch_and_catch.hpp"

#include <cmath>

#include "data.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::training;
using widthwise::test::input_error_of, widthwise::test::TemporaryFolder;

namespace {

// Sentences of a few words, so that there is something to learn.
std::string made_up_text() {
  const std::vector<std::string> words{"the ",  "quick ", "brown ", "fox ", "jumps ",
                                       "over ", "a ",     "lazy ",  "dog. "};
  std::mt19937_64 generator(1);
  std::string text;
  while (text.size() < 60000) text += words[generator() % words.size()];
  return text;
}

TrainingSettings short_training(Task task, const std::string& strategy) {
  TrainingSettings settings{
      .plan = {sizes_of(task), strategy}, .learning_rate = 1, .steps = 20, .batch = 8, .seed = 5};
  settings.plan.sizes.width = 64;
  return settings;
}

Data text_data(const TemporaryFolder& folder) {
  return read_data(folder.write("text.txt", made_up_text()), sizes_of(Task::text));
}

}  // namespace

TEST_CASE("a language model learns, the same with the same seed") {
  const TemporaryFolder folder;
  const Data data = text_data(folder);
  const TrainingSettings settings = short_training(Task::text, "hybrid");
  std::int64_t calls = 0;
  const TrainingRun run = train(settings, data, [&](std::int64_t done, std::int64_t total) {
    CHECK(done == ++calls);
    CHECK(total == 20);
  });
  CHECK(calls == 20);
  CHECK(run.losses.size() == 20);
  // As good as guessing among 256 bytes at first; the words have fewer than 32 letters.
  CHECK(std::abs(run.initial_loss - std::log(256.0)) < 0.3);
  CHECK(run.held_out_loss < std::log(32.0));
  CHECK(run.train_loss < std::log(32.0));
  CHECK(run.train_loss == Approx((run.losses[18] + run.losses[19]) / 2));

  const TrainingRun again = train(settings, data);
  CHECK(again.losses == run.losses);
  CHECK(again.held_out_loss == run.held_out_loss);
  TrainingSettings other = settings;
  other.seed = 6;
  CHECK(train(other, data).losses != run.losses);
}

TEST_CASE("a strategy with multipliers trains like the one it is a gauge of, bit for bit") {
  // Multipliers are powers of two at width 64: head 1/64, and 1/8 before hidden matrices.
  const TemporaryFolder folder;
  const Data text = text_data(folder);
  const std::vector<double> expected = train(short_training(Task::text, "maximal-update"), text).losses;
  CHECK(expected.back() < expected.front());
  CHECK(train(short_training(Task::text, "mup"), text).losses == expected);
  CHECK(train(short_training(Task::text, "mean-field"), text).losses == expected);
}

TEST_CASE("training that breaks off says so") {
  const TemporaryFolder folder;
  TrainingSettings settings = short_training(Task::text, "hybrid");
  settings.learning_rate = 1e30;
  const TrainingRun run = train(settings, text_data(folder));
  CHECK(run.losses.size() < 20);
  CHECK_FALSE(std::isfinite(run.losses.back()));
  CHECK(std::isnan(run.train_loss));
  CHECK(std::isnan(run.held_out_loss));
}

TEST_CASE("weight decay has a part in training") {
  const TemporaryFolder folder;
  const Data data = text_data(folder);
  TrainingSettings settings = short_training(Task::text, "hybrid");
  const double without = train(settings, data).train_loss;
  settings.weight_decay = 0.5;
  CHECK(train(settings, data).train_loss != without);
}

TEST_CASE("the schedule warms up and falls to zero") {
  CHECK(schedule(0, 100) == Approx(0.1));
  CHECK(schedule(9, 100) == 1);
  CHECK(schedule(10, 100) == 1);
  CHECK(schedule(55, 100) == Approx(0.5));
  CHECK(schedule(99, 100) < 0.001);
  CHECK(schedule(99, 100) > 0);
  CHECK(schedule(0, 1) == 1);
  for (int step = 10; step < 99; ++step) CHECK(schedule(step + 1, 100) < schedule(step, 100));
}

TEST_CASE("held-out bytes are not trained with") {
  const TemporaryFolder folder;
  // The last of ten stretches of 4 KiB holds another letter than the rest.
  const std::string text = std::string(9 * 4096, 'a') + std::string(4096, 'b');
  const Data data = read_data(folder.write("text.txt", text), sizes_of(Task::text));
  CHECK(data.held_out().inputs.eq('b').all().item<bool>());
  CHECK(data.held_out().targets.eq('b').all().item<bool>());
  std::mt19937_64 generator(1);
  const Batch batch = data.draw(500, generator);
  CHECK(batch.inputs.eq('a').all().item<bool>());
  CHECK(batch.targets.eq('a').all().item<bool>());
}

TEST_CASE("targets are the bytes that follow") {
  const TemporaryFolder folder;
  const Data data = text_data(folder);
  std::mt19937_64 generator(2);
  const Batch batch = data.draw(4, generator);
  CHECK(batch.inputs.sizes() == torch::IntArrayRef({4, 32}));
  CHECK(torch::equal(batch.inputs.slice(1, 1), batch.targets.slice(1, 0, 31)));
}

TEST_CASE("data that cannot be used are refused") {
  const TemporaryFolder folder;
  const auto short_text = folder.write("short.txt", std::string(40959, 'a'));
  CHECK(input_error_of([&] { read_data(short_text, sizes_of(Task::text)); }) ==
        short_text.string() + ": has 40959 bytes, which is too short a text: 40960 are needed");
  CHECK_THAT(input_error_of([&] { read_data(folder.path() / "none", sizes_of(Task::text)); }),
             ContainsSubstring("none: No such file"));
  CHECK_THAT(input_error_of([&] { read_data(folder.path(), sizes_of(Task::vision)); }),
             ContainsSubstring("train-images-idx3-ubyte.gz: No such file"));
}

TEST_CASE("models learn from Debian's data") {
  for (const Task task : {Task::vision, Task::text}) {
    if (!std::filesystem::exists(default_data(task))) {
      WARN("skipped: " << default_data(task).string() << " is not there");
      continue;
    }
    const Data data = read_data(default_data(task), sizes_of(task));
    TrainingSettings settings = short_training(task, "hybrid");
    settings.batch = 32;
    const TrainingRun run = train(settings, data);
    CAPTURE(to_string(task), run.initial_loss, run.held_out_loss);
    CHECK(run.held_out_loss < (task == Task::vision ? 0.8 : 0.7) * run.initial_loss);
  }
}
