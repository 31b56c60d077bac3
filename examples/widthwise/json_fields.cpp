// SPDX-License-Identifier: MIT
#include "json_fields.hpp"

#include <algorithm>

#include "input/input_error.hpp"
#include "listed.hpp"

namespace widthwise::program {

namespace {

// What stands in the file, cut short where it is long.
std::string excerpt(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 40) + "...";
}

}  // namespace

JsonFields::JsonFields(const Json& value, std::string file, std::string path)
    : object_(&value), file_(std::move(file)), path_(std::move(path)) {
  if (!value.is_object()) throw InputError(file_, path_, "should be an object, but is " + excerpt(value));
}

bool JsonFields::has(const std::string& name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
  return object_->contains(name);
}

bool JsonFields::truth(const std::string& name) {
  const Json& value = field(name);
  if (!value.is_boolean()) reject_type(name, "true or false", value);
  return value.get<bool>();
}

std::int64_t JsonFields::whole_number(const std::string& name, std::int64_t least, std::int64_t most) {
  const Json& value = field(name);
  const std::string wanted = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!value.is_number_integer()) reject_type(name, wanted, value);
  // An unsigned number is one that may be too large for the signed type.
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    reject_type(name, wanted, value);
  const auto number = value.get<std::int64_t>();
  if (number < least || number > most) reject_type(name, wanted, value);
  return number;
}

double JsonFields::number_from_zero(const std::string& name) {
  const Json& value = field(name);
  if (!value.is_number() || !(value.get<double>() >= 0))
    reject_type(name, "a number that is not negative", value);
  return value.get<double>();
}

double JsonFields::positive_number(const std::string& name) {
  const Json& value = field(name);
  if (!value.is_number() || !(value.get<double>() > 0)) reject_type(name, "a positive number", value);
  return value.get<double>();
}

std::string JsonFields::word(const std::string& name, const std::vector<std::string>& known) {
  const Json& value = field(name);
  const std::string wanted = "one of " + listed(known);
  if (!value.is_string()) reject_type(name, wanted, value);
  auto given = value.get<std::string>();
  if (std::find(known.begin(), known.end(), given) == known.end()) reject_type(name, wanted, value);
  return given;
}

JsonFields JsonFields::object(const std::string& name) {
  return {field(name), file_, path_of(name)};
}

std::vector<JsonFields> JsonFields::objects(const std::string& name) {
  const Json& value = field(name);
  if (!value.is_array()) reject_type(name, "an array", value);
  std::vector<JsonFields> all;
  for (std::size_t i = 0; i < value.size(); ++i)
    all.emplace_back(value[i], file_, path_of(name) + "[" + std::to_string(i) + "]");
  return all;
}

void JsonFields::require_no_other() const {
  for (const auto& [name, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    reject(name, "unknown field; known here: " + listed(known_));
  }
}

void JsonFields::reject(const std::string& name, const std::string& reason) const {
  throw InputError(file_, path_of(name), reason);
}

void JsonFields::reject_type(const std::string& name, const std::string& wanted, const Json& found) const {
  reject(name, "should be " + wanted + ", but is " + excerpt(found));
}

const Json& JsonFields::field(const std::string& name) {
  if (!has(name)) reject(name, "missing field");
  return (*object_)[name];
}

}  // namespace widthwise::program
