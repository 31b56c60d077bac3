// SPDX-License-Identifier: MIT
#include "sweep.hpp"

#include "torch_and_catch.hpp"

#include <cmath>

#include "data.hpp"
#include "rate_curve.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"
#include "transfer_report.hpp"

using namespace widthwise;
using namespace widthwise::training;
using widthwise::test::contents, widthwise::test::input_error_of, widthwise::test::TemporaryFolder;

namespace {

SweepSettings small_sweep() {
  SweepSettings sweep{.task = Task::text, .grids = {{"hybrid", -1, 1}}, .widths = {16, 32}, .seeds = 2};
  sweep.every.steps = 2;
  sweep.every.batch = 2;
  sweep.every.plan.sizes.layers = 1;
  return sweep;
}

Data small_data(const TemporaryFolder& folder) {
  std::string text;
  for (int i = 0; text.size() < 41000; ++i) text += std::to_string(i * i) + " ";
  return read_data(folder.write("text.txt", text), sizes_of(Task::text));
}

// A run that ended at a loss, without training it.
SweepRun made_run(const std::string& strategy, std::int64_t width, double log2_rate, std::uint64_t seed,
                  double loss, double position_rate = 1) {
  SweepRun run{.initial_loss = 5, .train_loss = loss + 0.1, .held_out_loss = loss};
  run.settings.plan.sizes.width = width;
  run.settings.plan.strategy = strategy;
  run.settings.plan.position_rate = position_rate;
  run.settings.learning_rate = std::exp2(log2_rate);
  run.settings.seed = seed;
  return run;
}

// Parabolas in log2 of the rate whose least loss is at `best`, for seeds that differ in where it is by
// `scatter`.
std::vector<SweepRun> made_curve(const std::string& strategy, std::int64_t width, double best,
                                 double scatter = 0) {
  std::vector<SweepRun> runs;
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    for (int rate = -3; rate <= 4; ++rate) {
      const double x = rate - best - scatter * (static_cast<double>(seed) - 1);
      runs.push_back(made_run(strategy, width, rate, seed, 1 + 0.25 * x * x));
    }
  return runs;
}

RateCurve only_curve(const std::vector<SweepRun>& runs, Metric metric = Metric::held_out) {
  const auto curves = rate_curves(runs, metric, "runs.csv");
  REQUIRE(curves.size() == 1);
  return curves.front();
}

}  // namespace

TEST_CASE("a sweep trains the first seed first, and goes on where it was stopped") {
  const TemporaryFolder folder;
  const Data data = small_data(folder);
  const SweepSettings sweep = small_sweep();
  const auto planned = sweep_runs(sweep);
  REQUIRE(planned.size() == 12);
  for (std::size_t i = 0; i < planned.size(); ++i) {
    CHECK(planned[i].seed == i / 6);
    CHECK(planned[i].plan.sizes.width == (i / 3 % 2 == 0 ? 16 : 32));
    CHECK(planned[i].learning_rate == std::exp2(static_cast<double>(i % 3) - 1));
    CHECK(planned[i].plan.sizes.layers == 1);
    CHECK(planned[i].plan.sizes.tokens == 32);
  }
  const auto whole = folder.path() / "whole.csv";
  {
    SweepFile file(whole);
    std::int64_t last = 0, most = 0;
    run_sweep(sweep, data, file, [&](std::int64_t done, std::int64_t total) {
      CHECK(done > last);
      last = done;
      most = total;
    });
    CHECK(last == most);
    CHECK(file.runs().size() == 12);
  }
  const std::string text = contents(whole);

  // Stopped at any byte, it ends up with the same file.
  for (const std::size_t cut : {std::size_t{10}, text.size() / 2, text.size() - 1}) {
    CAPTURE(cut);
    const auto half = folder.write("half.csv", text.substr(0, cut));
    SweepFile file(half);
    CHECK(contents(half) ==
          (cut < 100 ? text.substr(0, text.find('\n') + 1) : text.substr(0, text.rfind('\n', cut - 1) + 1)));
    run_sweep(sweep, data, file);
    CHECK(contents(half) == text);
  }
  // With nothing left to do, nothing is written.
  SweepFile file(whole);
  run_sweep(sweep, data, file, [](std::int64_t, std::int64_t) { FAIL("nothing was left to train"); });
  CHECK(contents(whole) == text);
  CHECK(rate_curves(parse_runs(text, "whole.csv"), Metric::held_out, "whole.csv").size() == 2);
}

TEST_CASE("a sweep refuses before it trains") {
  const TemporaryFolder folder;
  const Data data = small_data(folder);
  SweepSettings sweep = small_sweep();
  sweep.widths = {16, 18};
  SweepFile file(folder.path() / "runs.csv");
  CHECK_THROWS_WITH(run_sweep(sweep, data, file), "heads: 4 heads do not divide the width 18");
  CHECK(file.runs().empty());
}

TEST_CASE("grids and positional rates are read") {
  const RateGrid grid = parse_rate_grid("everett-mup:-12:-4");
  CHECK(grid.first == -12);
  CHECK(grid.last == -4);
  for (const char* text : {"", "hybrid", "hybrid:1", "hybrid:1:x", ":1:2", "hybrid:3:2", "hybrid:1:2:3",
                           "none:1:2", "hybrid:1:200"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_rate_grid(text), std::invalid_argument);
  }
  CHECK(parse_position_rate("width").at(128) == 128);
  CHECK(parse_position_rate("1/width").at(128) == 1.0 / 128);
  CHECK(parse_position_rate("2.5").at(128) == 2.5);
  CHECK_THROWS_WITH(parse_position_rate("0"), "should be a positive number, but is 0");
}

TEST_CASE("results that are none are refused") {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& text) {
    return input_error_of([&] { parse_runs(text, "runs.csv"); });
  };
  const auto started = folder.path() / "runs.csv";
  SweepFile{started}.append(made_run("hybrid", 64, 0, 0, 2));
  const std::string text = contents(started);
  CHECK(error_of(text) == "no error");
  CHECK(error_of("") == "runs.csv: line 1: is not the heading of a sweep's results");
  CHECK(error_of("step,loss\n") == "runs.csv: line 1: is not the heading of a sweep's results");
  CHECK(error_of(text + "vision,hybrid\n") == "runs.csv: line 3: has 2 cells instead of 14");
  const std::string line = text.substr(text.find('\n') + 1);
  CHECK(error_of(text + "speech" + line.substr(6)) ==
        "runs.csv: line 3: should be one of vision, text, but is speech");
  CHECK(error_of(text + line.substr(0, line.size() - 2) + "two\n") ==
        "runs.csv: line 3: should be a number, but is two");
  const auto other = folder.write("notes.txt", "not a sweep\n");
  CHECK(input_error_of([&] { SweepFile{other}; }) ==
        other.string() + ": line 1: is not the heading of a sweep's results");
  CHECK(contents(other) == "not a sweep\n");
}

TEST_CASE("losses that are not finite come back as such") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "runs.csv";
  {
    SweepFile file(path);
    file.append(made_run("hybrid", 64, 0, 0, NAN));
    file.append(made_run("hybrid", 64, 0.5, 1, 2));
  }
  const auto runs = parse_runs(contents(path), "runs.csv");
  REQUIRE(runs.size() == 2);
  CHECK(std::isnan(runs[0].held_out_loss));
  CHECK(runs[1].settings.learning_rate == std::exp2(0.5));
  CHECK(runs[1].held_out_loss == 2);
}

TEST_CASE("the vertex of a parabola is found exactly") {
  const auto found = optimum(only_curve(made_curve("hybrid", 64, 0.3)));
  REQUIRE(found);
  CHECK(found->inside);
  CHECK(found->log2_rate == Approx(0.3).margin(1e-12));
  CHECK(found->loss == Approx(1).margin(1e-12));
  CHECK(found->standard_error == Approx(0).margin(1e-12));
  CHECK(optimum(only_curve(made_curve("hybrid", 64, 0.3), Metric::train))->loss == Approx(1.1).margin(1e-12));
}

TEST_CASE("the standard error is that of the seeds") {
  // Means of parabolas are parabolas at the mean place, so the jackknife is the standard error of a mean:
  // places 0.1 ∓ 0.2 scatter by 0.2.
  const auto found = optimum(only_curve(made_curve("hybrid", 64, 0.1, 0.2)));
  REQUIRE(found);
  CHECK(found->log2_rate == Approx(0.1).margin(1e-12));
  CHECK(found->standard_error == Approx(0.2 / std::sqrt(3.0)));
  auto single = made_curve("hybrid", 64, 0.1);
  std::erase_if(single, [](const SweepRun& run) { return run.settings.seed > 0; });
  CHECK(std::isnan(optimum(only_curve(single))->standard_error));
}

TEST_CASE("a best rate at the edge, or beside one that fails, is not called one") {
  CHECK_FALSE(optimum(only_curve(made_curve("hybrid", 64, -5)))->inside);
  CHECK_FALSE(optimum(only_curve(made_curve("hybrid", 64, 6)))->inside);
  auto runs = made_curve("hybrid", 64, 0.3);
  for (SweepRun& run : runs)
    if (run.settings.learning_rate == 2 && run.settings.seed == 1) run.held_out_loss = NAN;
  const RateCurve curve = only_curve(runs);
  CHECK(curve.failed == 1);
  CHECK_FALSE(optimum(curve)->inside);
  CHECK(optimum(curve)->log2_rate == 0);
  // Nor is a run that ends above where it began.
  for (SweepRun& run : runs)
    if (run.settings.learning_rate == 2 && run.settings.seed == 1) run.held_out_loss = 5.5;
  CHECK(only_curve(runs).failed == 1);
  for (SweepRun& run : runs) run.held_out_loss = NAN;
  CHECK_FALSE(optimum(only_curve(runs)));
}

TEST_CASE("seeds without all rates are left out, and mixed runs refused") {
  auto runs = made_curve("hybrid", 64, 0.3);
  runs.pop_back();
  CHECK(only_curve(runs).seeds == std::vector<std::uint64_t>{0, 1});
  runs.back().settings.steps += 1;
  CHECK(input_error_of([&] { rate_curves(runs, Metric::held_out, "runs.csv"); }) ==
        "runs.csv: has runs of hybrid at width 64 that differ in more than learning rate and seed");
  CHECK(rate_curves({made_run("hybrid", 64, 0, 0, 2)}, Metric::held_out, "runs.csv").empty());
}

TEST_CASE("what a carried rate costs is a mean of differences over seeds") {
  // Least losses at 2^0 and, for seeds 0, 1, 2, at 2^1.8, 2^2 and 2^2.2.
  auto runs = made_curve("hybrid", 64, 0);
  for (const SweepRun& run : made_curve("hybrid", 128, 2, 0.2)) runs.push_back(run);
  const auto curves = rate_curves(runs, Metric::held_out, "runs.csv");
  REQUIRE(curves.size() == 2);
  const auto cost = carried_cost(curves[0], curves[1]);
  REQUIRE(cost);
  // (x² − (x − 2)²)/4 at the distances 1.8, 2 and 2.2: 0.8, 1 and 1.2.
  CHECK(cost->loss == Approx(1));
  CHECK(cost->standard_error == Approx(0.2 / std::sqrt(3.0)));
  CHECK(carried_cost(curves[1], curves[1])->loss == 0);
  CHECK_THAT(transfer_tables(curves, Metric::held_out), ContainsSubstring("1.00 ± 0.12"));

  std::erase_if(runs, [](const SweepRun& run) {
    return run.settings.plan.sizes.width == 128 && run.settings.learning_rate == 1;
  });
  const auto without = rate_curves(runs, Metric::held_out, "runs.csv");
  CHECK_FALSE(carried_cost(without[0], without[1]));
}

TEST_CASE("the power of the width comes out") {
  std::vector<SweepRun> runs;
  for (const auto& [width, octave] : {std::pair(64, 0.0), std::pair(128, 1.0), std::pair(256, 2.0)}) {
    for (const SweepRun& run : made_curve("uniform", width, 1.5 - octave, 0.2)) runs.push_back(run);
    for (const SweepRun& run : made_curve("hybrid", width, 0.25, 0.2)) runs.push_back(run);
  }
  for (SweepRun run : made_curve("hybrid", 128, 0.5, 0.2)) {
    run.settings.plan.position_rate = 128;
    runs.push_back(run);
  }
  const auto curves = rate_curves(runs, Metric::held_out, "runs.csv");
  const auto found = transfers(curves);
  REQUIRE(found.size() == 3);
  CHECK(found[0].family.name() == "uniform");
  REQUIRE(found[0].exponent);
  CHECK(*found[0].exponent == Approx(-1));
  // Fourteen degrees of freedom: Student's law covers 95.45 % between ∓2.19529.
  const double error = 0.2 / std::sqrt(3.0) * 2.19529 / 2;
  for (const double found_error : found[0].errors) CHECK(found_error == Approx(error).epsilon(1e-3));
  CHECK(found[0].exponent_error == Approx(error / std::sqrt(2.0)).epsilon(1e-3));
  CHECK(*found[1].exponent == Approx(0).margin(1e-9));
  CHECK(found[2].family.name() == "hybrid, PE × n");
  CHECK_FALSE(found[2].exponent);

  // A width with a single seed has √3 times the error, as the scatter of the others tells.
  std::erase_if(runs, [](const SweepRun& run) {
    return run.settings.plan.sizes.width == 256 && run.settings.seed > 0;
  });
  const auto fewer = transfers(rate_curves(runs, Metric::held_out, "runs.csv"));
  REQUIRE(fewer[0].errors.size() == 3);
  CHECK(fewer[0].errors[2] == Approx(std::sqrt(3.0) * fewer[0].errors[1]));
  CHECK(fewer[0].exponent_error > found[0].exponent_error);

  CHECK(curves[0].width == 64);
  CHECK(curves[1].width == 128);
  CHECK(curves[1].family.name() == "uniform");

  const std::string tables = transfer_tables(curves, Metric::held_out);
  CHECK_THAT(tables, ContainsSubstring("hybrid, PE × n") && ContainsSubstring("1.50 ± 0.13"));
  const std::string figure = program::plot::svg(transfer_figure(curves, Metric::held_out));
  CHECK_THAT(figure, ContainsSubstring("vision: uniform") && ContainsSubstring("n = 256"));
}
