// SPDX-License-Identifier: MIT
#include "sweep_runs.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "input/input_error.hpp"
#include "input/read_text.hpp"
#include "options.hpp"
#include "output/number_text.hpp"

namespace widthwise::training {

namespace {

constexpr std::string_view results_heading =
    "task,strategy,width,heads,layers,position_rate,learning_rate,weight_decay,steps,batch,seed,initial_loss,"
    "train_loss,"
    "held_out_loss\n";

std::string loss_text(double loss) {
  return std::isfinite(loss) ? program::exact(loss) : "nan";
}

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells(1);
  for (const char c : line)
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  return cells;
}

double parse_number(const std::string& text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || !std::isfinite(value))
    detail::reject("should be a number, but is ", text);
  return value;
}

SweepRun parse_run(const std::vector<std::string>& cells) {
  SweepRun run;
  TrainingSettings& settings = run.settings;
  PlanRequest& plan = settings.plan;
  plan.sizes = sizes_of(parse_task(cells[0]));
  plan.strategy = cells[1];
  plan.sizes.width = program::parse_size(cells[2]);
  plan.sizes.heads = program::parse_size(cells[3]);
  plan.sizes.layers = program::parse_size(cells[4]);
  plan.position_rate = parse_number(cells[5]);
  settings.learning_rate = program::parse_positive_number(cells[6]);
  settings.weight_decay = parse_number(cells[7]);
  settings.steps = program::parse_size(cells[8]);
  settings.batch = program::parse_size(cells[9]);
  settings.seed = program::parse_seed(cells[10]);
  run.initial_loss = parse_number(cells[11]);
  run.train_loss = parse_number(cells[12]);
  run.held_out_loss = parse_number(cells[13]);
  return run;
}

}  // namespace

std::string run_key(const TrainingSettings& settings) {
  const PlanRequest& plan = settings.plan;
  std::string key = to_string(plan.sizes.task) + "," + plan.strategy;
  for (const std::int64_t size : {plan.sizes.width, plan.sizes.heads, plan.sizes.layers})
    key += "," + std::to_string(size);
  for (const double number : {plan.position_rate, settings.learning_rate, settings.weight_decay})
    key += "," + program::exact(number);
  return key + "," + std::to_string(settings.steps) + "," + std::to_string(settings.batch) + "," +
         std::to_string(settings.seed);
}

std::vector<SweepRun> parse_runs(std::string_view text, const std::string& file) {
  std::vector<SweepRun> runs;
  if (text.substr(0, results_heading.size()) != results_heading)
    throw program::InputError(file, "line 1", "is not the heading of a sweep's results");
  text.remove_prefix(results_heading.size());
  const auto columns =
      static_cast<std::size_t>(std::count(results_heading.begin(), results_heading.end(), ',')) + 1;
  for (std::size_t line = 2, end; (end = text.find('\n')) != std::string_view::npos; ++line) {
    const std::string name = "line " + std::to_string(line);
    const std::vector<std::string> cells = split(text.substr(0, end));
    if (cells.size() != columns)
      throw program::InputError(
          file, name, "has " + std::to_string(cells.size()) + " cells instead of " + std::to_string(columns));
    try {
      runs.push_back(parse_run(cells));
    } catch (const std::invalid_argument& error) {
      throw program::InputError(file, name, error.what());
    }
    text.remove_prefix(end + 1);
  }
  return runs;
}

SweepFile::SweepFile(std::filesystem::path file) : file_(std::move(file)) {
  std::string text;
  if (std::error_code ignored; std::filesystem::exists(file_, ignored))
    text = program::read_text(file_, largest_results);
  // A heading may have been cut off as well.
  const bool begun = text.size() >= results_heading.size() || text != results_heading.substr(0, text.size());
  if (begun) {
    runs_ = parse_runs(text, file_.string());
    const std::size_t whole = text.rfind('\n') + 1;
    std::error_code error;
    if (whole < text.size()) std::filesystem::resize_file(file_, whole, error);
    if (error) throw program::InputError(file_.string(), "", error.message());
  }
  errno = 0;
  stream_.open(file_, std::ios::binary | (begun ? std::ios::app : std::ios::trunc));
  if (!stream_)
    throw program::InputError(file_.string(), "", errno ? std::strerror(errno) : "cannot be written");
  if (!begun) write(std::string(results_heading));
}

bool SweepFile::has(const TrainingSettings& settings) const {
  const std::string key = run_key(settings);
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const SweepRun& run) { return run_key(run.settings) == key; });
}

void SweepFile::append(const SweepRun& run) {
  std::string line = run_key(run.settings);
  for (const double loss : {run.initial_loss, run.train_loss, run.held_out_loss})
    line += "," + loss_text(loss);
  write(line + "\n");
  runs_.push_back(run);
}

void SweepFile::write(const std::string& text) {
  stream_ << text << std::flush;
  if (!stream_) throw program::InputError(file_.string(), "", "cannot be written");
}

}  // namespace widthwise::training
