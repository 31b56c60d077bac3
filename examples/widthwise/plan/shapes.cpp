// SPDX-License-Identifier: MIT
#include "plan/shapes.hpp"

#include <algorithm>
#include <stdexcept>

#include "input/input_error.hpp"
#include "listed.hpp"
#include "output/number_text.hpp"
#include "plan/patterns.hpp"
#include "plan/shapes_file.hpp"

namespace widthwise::program {

namespace {

std::string sizes_text(const ShapedModel& model) {
  std::vector<std::string> symbols;
  for (const auto& [name, values] : model.sizes) {
    std::string text;
    for (const double value : values) text += (text.empty() ? "" : " or ") + rounded(value, 6);
    symbols.push_back(name + " = " + text);
  }
  return listed(symbols);
}

std::string coefficients_text(const ShapedModel& model, const ShapeConventions& conventions) {
  std::vector<std::string> set;
  for (const auto& [name, value] : conventions.coefficients)
    set.push_back("C_" + name + " = " + rounded(value));
  if (set.empty()) return "1";
  const bool all = std::all_of(
      model.groups.groups.begin(), model.groups.groups.end(),
      [&](const auto& group) { return !group.coefficient || conventions.coefficients.contains(group.name); });
  return listed(set) + (all ? "" : ", others 1");
}

// The model of that width, or the widest: which list it is shows once they are read together.
ShapedModel read_at(const ShapeFiles& files, std::optional<Index> width) {
  std::vector<ShapedModel> models{read_shapes(files.lists, files.conventions)};
  for (std::size_t i = 1; i < files.lists.size(); ++i)
    models.push_back(read_shapes(files.lists, files.conventions, i));
  const auto n = [](const ShapedModel& model) {
    return static_cast<Index>(model.groups.width.value());
  };
  std::sort(models.begin(), models.end(), [&](const auto& a, const auto& b) { return n(a) < n(b); });
  if (!width) return models.back();
  std::vector<std::string> known;
  for (const auto& model : models) {
    if (n(model) == *width) return model;
    known.push_back(std::to_string(n(model)));
  }
  throw InputError("--width", "",
                   "the files list the widths " + listed(known) + ", but not " + std::to_string(*width));
}

}  // namespace

ShapesPlan plan_shapes(const std::vector<std::filesystem::path>& files, std::optional<Index> width,
                       const AnyStrategy& strategy, const AnyOptimizer& optimizer,
                       const PlanOptions& options) {
  const ShapeFiles read = read_shape_files(files);
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.string());
  const std::string name = listed(names);
  try {
    const ShapedModel model = read_at(read, width);
    try {  // such as rules for heads of their own
      std::visit([&](const auto& held) { held.output_multiplier(model.groups); }, strategy);
    } catch (const std::invalid_argument& error) {
      throw InputError(name, model.tied_tensor, error.what());
    }
    FrameworkPlan planned = framework_plan(model.groups, strategy, optimizer, options);
    const auto names_of_lines = tensors_of(model);
    for (const auto& line : names_of_lines) planned.patterns.push_back(exact_pattern(line));
    const std::size_t tensors = std::set(model.tensors.begin(), model.tensors.end()).size();
    return {std::move(planned),
            {name,
             name + ": width " + rounded(model.groups.width.value(), 12) + ", " + std::to_string(tensors) +
                 " tensors" + (model.groups.tied_head ? ", the head is " + model.tied_tensor : ""),
             sizes_text(model), coefficients_text(model, read.conventions), names_of_lines}};
  } catch (const std::invalid_argument& error) {
    throw InputError(name, "", error.what());
  }
}

}  // namespace widthwise::program
