// SPDX-License-Identifier: MIT
#include "json_text.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/input_error_of.hpp"

using namespace widthwise::program;

TEST_CASE("numbers read back as the same doubles") {
  for (const double value :
       {0.1, 1.0 / 3, 4.698488518795782e-05, 1e308, 5e-324, -0.0, std::numeric_limits<double>::max()}) {
    CAPTURE(value);
    CHECK(parse_json(json_text(value), "f").get<double>() == value);
  }
}

TEST_CASE("rows of numbers and short objects stay on one line") {
  const Json json{
      {"rows", {{1, 2}, {3, 4}}}, {"short", {{"a", 1}, {"b", "x"}}}, {"empty", Json(Json::array())}};
  CHECK(json_text(json) ==
        "{\n"
        "  \"rows\": [\n"
        "    [1, 2],\n"
        "    [3, 4]\n"
        "  ],\n"
        "  \"short\": {\"a\": 1, \"b\": \"x\"},\n"
        "  \"empty\": []\n"
        "}\n");
  CHECK(parse_json(json_text(json), "f") == json);
}

TEST_CASE("names from anywhere are written as valid JSON") {
  CHECK(json_text(Json{{"name", "a\xff\"\n"}}) == "{\"name\": \"a\xef\xbf\xbd\\\"\\n\"}\n");
}

TEST_CASE("a field twice in one object is an error, in two objects it is not") {
  CHECK(widthwise::test::input_error_of([] { parse_json(R"({"a": {"b": 1, "b": 2}})", "f.json"); }) ==
        "f.json: b: this field stands twice in one object");
  CHECK(parse_json(R"([{"a": {"a": 1}}, {"a": 2}])", "f.json").size() == 2);
}
