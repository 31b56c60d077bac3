// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace widthwise::program {

/// JSON whose fields keep the order they were written in.
using Json = nlohmann::ordered_json;

/// Parses a JSON text. Throws InputError, with line and column, for text that is no JSON and for a field that
/// an object has twice.
Json parse_json(const std::string& text, const std::string& file);

/// What the parser says of a text that is no JSON, without its internal tag.
std::string json_reason(const Json::exception& error);

/// The text of a JSON value: indented, but with arrays of numbers and short objects on one line. Numbers read
/// back as the same doubles.
std::string json_text(const Json& value);

}  // namespace widthwise::program
