// SPDX-License-Identifier: MIT
#include "check/run.hpp"

#include <algorithm>
#include <cmath>

#include "check/measure.hpp"
#include "flow/run.hpp"
#include "flow/summary.hpp"
#include "model_choice.hpp"
#include "output/number_text.hpp"

namespace widthwise::program {

namespace {

using Kernel = Estimate<Matrix<double>>;

// Small beside what so many networks leave, and quickly reached.
constexpr double theory_tolerance = 2e-3;
constexpr double most_memory = 2e9;

KernelError compare(const Kernel& measured, const Kernel& theory) {
  Index row = 0, col = 0;
  const double error = (measured.value - theory.value).cwiseAbs().maxCoeff(&row, &col);
  const double largest = theory.value.cwiseAbs().maxCoeff();
  if (!(largest > 0)) return {};
  return {error / largest,
          std::hypot(measured.standard_error(row, col), theory.standard_error(row, col)) / largest};
}

KernelError worst_forward(const Measurement<double>& measured, const Flow<double>& theory) {
  KernelError worst;
  for (std::size_t i = 0; i + 1 < theory.blocks.size(); ++i) {
    const KernelError error = compare(measured.blocks[i].forward, theory.blocks[i].forward);
    if (error.relative_error >= worst.relative_error) worst = error;
  }
  return worst;
}

std::vector<GroupCheck> group_checks(const Measurement<double>& measured, const Flow<double>& theory) {
  std::vector<GroupCheck> groups;
  for (const auto& group : theory.groups) {
    const auto& mine = measured.group(group.name).tangent;
    groups.push_back({group.name, group.tangent.value, mine.value,
                      std::hypot(mine.standard_error, group.tangent.standard_error)});
  }
  return groups;
}

template <class AnyNetwork>
bool has_attention(const AnyNetwork& model) {
  const auto groups = parameter_groups(model).groups;
  return std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group.name == "Q"; });
}

// Rows of the longest signal that is back-propagated.
Index longest(const Flow<double>& theory) {
  return std::max(theory.layout.rows(), theory.blocks.front().layout.rows());
}

// As many outputs as memory allows, whose cotangents stand below each other.
template <class AnyNetwork>
Index affordable_outputs(const AnyNetwork& model, const Flow<double>& theory) {
  const TokenLayout& layout = theory.layout;
  double channels = static_cast<double>(model.sizes.width);
  for (const auto& group : parameter_groups(model).groups)
    if (group.name == "W") channels = std::max(channels, static_cast<double>(group.shape[0]));
  const auto rows = static_cast<double>(longest(theory));
  const double cotangents = rows * (model.pool() == Pool::none ? static_cast<double>(layout.tokens) : 1);
  const double products = 3 * cotangents * cotangents, each = 5 * cotangents * channels;
  const double affordable = (most_memory / sizeof(double) - products) / each;
  if (affordable < 1)
    detail::reject("back-propagating ", layout.rows(), " outputs of ", layout.tokens,
                   " tokens each, one by one, would take ", rounded(8e-9 * (products + each), 2),
                   " GB; take fewer tokens or samples");
  return static_cast<Index>(std::min(affordable, 8.0));
}

std::optional<PowerLaw> slope_of(const std::vector<WidthCheck>& widths) {
  std::vector<double> sizes, values, errors;
  for (const WidthCheck& check : widths) {
    sizes.push_back(static_cast<double>(check.width));
    values.push_back(check.tangent.relative_error);
    errors.push_back(check.tangent.standard_error);
  }
  if (widths.size() < 2 || !(*std::min_element(values.begin(), values.end()) > 0)) return std::nullopt;
  return power_law(sizes, values, errors);
}

template <class AnyNetwork, class AnyInput>
Check check_of(const AnyNetwork& model, const AnyInput& input, const CheckSettings& settings,
               const CheckReporter& reporter) {
  const Flow<double> theory = run_flow(model, input, {.tolerance = theory_tolerance, .seed = settings.seed});
  Check check{.layout = theory.layout,
              .theory_error = std::max(theory.forward_error, theory.tangent_error),
              .theory_tolerance = theory_tolerance,
              .heads_stay = has_attention(model)};
  if (has_parts(theory)) check.source = theory.blocks.front().layout;
  std::int64_t done = 0, total = 0;
  for (const Index width : settings.widths) total += settings.networks * width * width;
  for (const Index width : settings.widths) {
    const AnyNetwork wide = with_width(model, width);
    MeasureOptions options;
    options.networks = settings.networks;
    options.seed = Stream(settings.seed).child(static_cast<std::uint64_t>(width)).key();
    options.outputs = affordable_outputs(wide, theory);
    if (reporter)
      options.progress = [&](Index, Index) {
        reporter(done += width * width, total);
      };
    const auto measured = measure_networks(wide, input, options);
    check.widths.push_back({width, settings.networks, worst_forward(measured, theory),
                            compare(measured.output_tangent, theory.output_tangent),
                            group_checks(measured, theory)});
  }
  check.slope = slope_of(check.widths);
  return check;
}

}  // namespace

std::string samples_text(const Check& check) {
  return (check.source ? layout_text(*check.source) + " to " : "") + layout_text(check.layout);
}

std::vector<Index> default_widths(const Sizes& sizes) {
  std::vector<Index> widths;
  for (const Index channels : {8, 16, 32, 64}) widths.push_back(sizes.heads * channels);
  return widths;
}

Check run_check(const Model& model, const Input& input, const CheckSettings& settings,
                const CheckReporter& reporter) {
  return check_of(model, input, settings, reporter);
}

Check run_check(const EncoderDecoderModel& model, const InputPair& input, const CheckSettings& settings,
                const CheckReporter& reporter) {
  return check_of(model, input, settings, reporter);
}

}  // namespace widthwise::program
