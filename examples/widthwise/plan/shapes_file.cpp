// SPDX-License-Identifier: MIT
#include "plan/shapes_file.hpp"

#include <algorithm>

#include "input/input_error.hpp"
#include "input/read_text.hpp"
#include "json_fields.hpp"
#include "listed.hpp"
#include "model_file.hpp"

namespace widthwise::program {

namespace {

std::int64_t size_in(const Json& value) {
  if (!value.is_number_integer()) return -1;
  // An unsigned number is one that may be too large for the signed type.
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(largest_size))
    return -1;
  const auto size = value.get<std::int64_t>();
  return size > largest_size ? -1 : size;
}

TensorList read_list(const Json& model, const std::string& file, const std::string& path) {
  if (!model.is_object()) throw InputError(file, path, "should be an object of names and shapes");
  TensorList list;
  for (const auto& [name, value] : model.items()) {
    const auto refuse = [&, &tensor = name](const std::string& reason) {
      throw InputError(file, path.empty() ? tensor : path + "." + tensor, reason);
    };
    if (value.is_string()) {
      list.push_back({name, {}, value.get<std::string>()});
      if (list.back().shares.empty()) refuse("should be a shape, or the name of the tensor that it is");
      continue;
    }
    if (!value.is_array()) refuse("should be an array of sizes, or the name of the tensor that it is");
    list.push_back({name});
    for (const Json& entry : value) {
      const std::int64_t size = size_in(entry);
      if (size < 1) refuse("its sizes should be whole numbers from 1 to " + std::to_string(largest_size));
      list.back().shape.push_back(size);
    }
  }
  return list;
}

const Json& object_at(const Json& json, const char* name, const std::string& file) {
  if (!json.at(name).is_object()) throw InputError(file, name, "should be an object");
  return json.at(name);
}

void read_numbers(const Json& json, const std::string& name, const std::string& file,
                  std::map<std::string, double>& numbers) {
  const Json& object = object_at(json, name.c_str(), file);
  JsonFields fields(object, file, name);
  for (const auto& [group, value] : object.items())
    if (!numbers.emplace(group, fields.number_from_zero(group)).second)
      fields.reject(group, "is set in another file too");
}

void read_roles(const Json& json, const std::string& file, ShapeConventions& conventions) {
  const Json& object = object_at(json, "roles", file);
  JsonFields fields(object, file, "roles");
  const std::vector<std::string> known(tensor_roles.begin(), tensor_roles.end());
  for (const auto& [pattern, value] : object.items())
    conventions.roles.emplace_back(pattern, fields.word(pattern, known));
}

}  // namespace

void parse_shapes(const std::string& text, const std::string& file, ShapeFiles& files) {
  const Json json = parse_json(text, file);
  if (!json.is_object() || !json.contains("models")) {
    files.lists.push_back(read_list(json, file, ""));
    return;
  }
  JsonFields fields(json, file, "");
  fields.has("models");
  const Json& models = json.at("models");
  if (!models.is_array()) fields.reject("models", "should be an array of objects of names and shapes");
  for (std::size_t i = 0; i < models.size(); ++i)
    files.lists.push_back(read_list(models[i], file, "models[" + std::to_string(i) + "]"));

  ShapeConventions& conventions = files.conventions;
  if (fields.has("tied")) {
    const bool tied = fields.truth("tied");
    if (conventions.tied.value_or(tied) != tied) fields.reject("tied", "another file says otherwise");
    conventions.tied = tied;
  }
  if (fields.has("rounding")) {
    const std::int64_t rounding = fields.whole_number("rounding", 1, largest_size);
    if (conventions.rounding > 0 && conventions.rounding != rounding)
      fields.reject("rounding", "another file says otherwise");
    conventions.rounding = rounding;
  }
  if (fields.has("roles")) read_roles(json, file, conventions);
  if (fields.has("coefficients")) read_numbers(json, "coefficients", file, conventions.coefficients);
  if (fields.has("learning_rate")) read_numbers(json, "learning_rate", file, conventions.learning_rates);
  fields.require_no_other();
}

ShapeFiles read_shape_files(const std::vector<std::filesystem::path>& files) {
  ShapeFiles all;
  // Lists are short; a limit keeps /dev/zero from filling the memory.
  for (const auto& file : files) parse_shapes(read_text(file, 1 << 24), file.string(), all);
  return all;
}

}  // namespace widthwise::program
