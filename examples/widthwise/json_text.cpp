// SPDX-License-Identifier: MIT
#include "json_text.hpp"

#include <optional>
#include <set>
#include <vector>

#include "input/input_error.hpp"

namespace widthwise::program {

namespace {

// A file of ours nests three deep; nobody is helped by reading one that nests a thousand.
constexpr int deepest = 16;

// Names may come from a file, and so need not be UTF-8.
std::string plain_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string name_text(const Json& parent, const std::string& name) {
  return parent.is_object() ? plain_text(name) + ": " : "";
}

// All in one line, if it holds nothing but plain values and, being an object, is short.
std::optional<std::string> in_one_line(const Json& value) {
  constexpr std::size_t longest = 100;
  std::string line;
  for (const auto& [name, item] : value.items()) {
    if (item.is_structured() && !item.empty()) return std::nullopt;
    line += (line.empty() ? "" : ", ") + name_text(value, name) + plain_text(item);
    if (value.is_object() && line.size() > longest) return std::nullopt;
  }
  return value.is_object() ? '{' + line + '}' : '[' + line + ']';
}

void append(std::string& text, const Json& value, std::size_t indent) {
  if (!value.is_structured()) {
    text += plain_text(value);
    return;
  }
  if (const auto line = in_one_line(value)) {
    text += *line;
    return;
  }
  const std::string margin(indent + 2, ' ');
  text += value.is_object() ? "{\n" : "[\n";
  std::size_t left = value.size();
  for (const auto& [name, item] : value.items()) {
    text += margin + name_text(value, name);
    append(text, item, indent + 2);
    text += --left > 0 ? ",\n" : "\n";
  }
  text += std::string(indent, ' ') + (value.is_object() ? '}' : ']');
}

}  // namespace

std::string json_reason(const Json::exception& error) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: …" without what is in brackets.
  const std::string message = error.what();
  const auto end = message.starts_with('[') ? message.find("] ") : std::string::npos;
  return end == std::string::npos ? message : message.substr(end + 2);
}

Json parse_json(const std::string& text, const std::string& file) {
  std::vector<std::set<std::string>> names;
  const auto check = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > deepest)
      throw InputError(file, "", "nests more than " + std::to_string(deepest) + " levels deep");
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key && !names.back().insert(parsed.get<std::string>()).second)
      throw InputError(file, parsed.get<std::string>(), "this field stands twice in one object");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception& error) {
    throw InputError(file, "", json_reason(error));
  }
}

std::string json_text(const Json& value) {
  std::string text;
  append(text, value, 0);
  return text + '\n';
}

}  // namespace widthwise::program
