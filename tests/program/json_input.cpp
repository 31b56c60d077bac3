// SPDX-License-Identifier: MIT
#include "input/json_input.hpp"

#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

constexpr PatchShape patch_shape{.tokens = 2, .inputs = 3};
constexpr TokenShape token_shape{.tokens = 4, .vocabulary = 10};

std::string patch_error(const std::string& text) {
  return test::input_error_of([&] { parse_input(text, "x.json", patch_shape); });
}
std::string token_error(const std::string& text) {
  return test::input_error_of([&] { parse_input(text, "x.json", token_shape); });
}

}  // namespace

TEST_CASE("patches are used as the file gives them, samples outermost") {
  const Input input = parse_input(
      R"({"patches": [[[1, -2.5, 3e-2], [4, 5, 6]], [[7, 8, 9], [10, 11, 1e300]]]})", "x.json", patch_shape);
  const auto& patches = std::get<Patches<double>>(input);
  CHECK(patches.layout == TokenLayout{2, 2});
  Matrix<double> expected(4, 3);
  expected << 1, -2.5, 3e-2, 4, 5, 6, 7, 8, 9, 10, 11, 1e300;
  CHECK(patches.values == expected);
}

TEST_CASE("token ids are used as the file gives them, and samples may be shorter than the model allows") {
  const Input input = parse_input(R"({"token_ids": [[5, 0, 9], [1, 2, 3]]})", "x.json", token_shape);
  const auto& tokens = std::get<TokenIds>(input);
  CHECK(tokens.layout == TokenLayout{2, 3});
  CHECK(tokens.ids == std::vector<Index>{5, 0, 9, 1, 2, 3});

  const auto ragged =
      std::get<TokenIds>(parse_input(R"({"token_ids": [[1], [3, 4, 5], [2]]})", "x.json", token_shape));
  CHECK(ragged.layout == TokenLayout::of_lengths({1, 3, 1}));
  CHECK(ragged.ids == std::vector<Index>{1, 3, 4, 5, 2});
}

TEST_CASE("pairs have a source and a target each, in any order") {
  const InputPair pair = parse_input_pair(R"({"target": [[1, 2, 3], [4]], "source": [[5], [6, 7]]})",
                                          "x.json", {token_shape, token_shape});
  CHECK(std::get<TokenIds>(pair.source).layout == TokenLayout::of_lengths({1, 2}));
  CHECK(std::get<TokenIds>(pair.source).ids == std::vector<Index>{5, 6, 7});
  CHECK(pair.target.layout == TokenLayout::of_lengths({3, 1}));
  const InputPair image = parse_input_pair(R"({"source": [[[1, 2, 3], [4, 5, 6.5]]], "target": [[1]]})",
                                           "x.json", {patch_shape, token_shape});
  CHECK(std::get<Patches<double>>(image.source).values(1, 2) == 6.5);

  const auto error = [](const std::string& text, const InputShape& source) {
    return test::input_error_of([&] { parse_input_pair(text, "x.json", {source, token_shape}); });
  };
  CHECK(error(R"({"source": [[1]], "target": [[1], [2]]})", token_shape) ==
        "x.json: target: has 2 samples, but source has 1");
  CHECK(error(R"({"source": [[1]]})", token_shape) == "x.json: target: missing field");
  CHECK(error(R"({"source": [[1]], "source": [[1]], "target": [[1]]})", token_shape) ==
        "x.json: source: this field stands twice in one object");
  CHECK(error(R"({"token_ids": [[1]]})", token_shape) ==
        "x.json: token_ids: unknown field; for this model it should be source or target");
  CHECK(error(R"({"source": [[1]], "target": [[10]]})", token_shape) ==
        "x.json: target[0][0]: 10 is not in the vocabulary of 10 items");
  CHECK(error(R"({"source": [[1]], "target": [[1]]})", patch_shape) ==
        "x.json: source[0][0]: should be an array, but is a number");
  CHECK(error("[]", token_shape) ==
        "x.json: should be an object with the fields source and target, but is an array");
}

TEST_CASE("numbers read back as the same double") {
  const Input input = parse_input(
      R"({"patches": [[[0.1, 2.2250738585072014e-308, -0.0], [4.9e-324, 1e-400, 9007199254740993]]]})",
      "x.json", patch_shape);
  const auto& values = std::get<Patches<double>>(input).values;
  CHECK(values(0, 0) == 0.1);
  CHECK(values(0, 1) == 2.2250738585072014e-308);
  CHECK(values(1, 0) == 4.9e-324);
  CHECK(values(1, 1) == 0);
  CHECK(values(1, 2) == 9007199254740992.0);
}

TEST_CASE("errors in patches name file, field and reason") {
  CHECK(patch_error(R"({"patches": [[[1,2,3],[4,5]]]})") ==
        "x.json: patches[0][1]: has 2 numbers, but the model takes 3");
  CHECK(patch_error(R"({"patches": [[[1,2,3],[4,5,6,7]]]})") ==
        "x.json: patches[0][1][3]: is one of the numbers too many: the model takes 3");
  CHECK(patch_error(R"({"patches": [[[1,2,3],[4,5,6]], [[1,2,3]]]})") ==
        "x.json: patches[1]: has 1 patches, but the model takes 2");
  CHECK(patch_error(R"({"patches": [[[1,2,3],[4,5,6],[7,8,9]]]})") ==
        "x.json: patches[0][2]: is one of the patches too many: the model takes 2");
  CHECK(patch_error(R"({"patches": [[[1,2,"3"],[4,5,6]]]})") ==
        "x.json: patches[0][0][2]: should be a number, but is a string");
  CHECK(patch_error(R"({"patches": [[[1,2,null],[4,5,6]]]})") ==
        "x.json: patches[0][0][2]: should be a number, but is null");
  CHECK(patch_error(R"({"patches": [[[1,2,true],[4,5,6]]]})") ==
        "x.json: patches[0][0][2]: should be a number, but is true");
  CHECK(patch_error(R"({"patches": [[[1,2,[3]],[4,5,6]]]})") ==
        "x.json: patches[0][0][2]: should be a number, but is an array");
  CHECK(patch_error(R"({"patches": [[[1,2,{}],[4,5,6]]]})") ==
        "x.json: patches[0][0][2]: should be a number, but is an object");
  CHECK(patch_error(R"({"patches": [[1,2,3],[4,5,6]]})") ==
        "x.json: patches[0][0]: should be an array, but is a number");
  CHECK(patch_error(R"({"patches": 7})") == "x.json: patches: should be an array, but is a number");
  CHECK(patch_error(R"({"patches": []})") == "x.json: patches: has 0 samples, but there must be one");
  CHECK(patch_error(R"({"patches": [[[1,2,1e999],[4,5,6]]]})") ==
        "x.json: patches[0][0][2]: 1e999 is too large for a number");
}

TEST_CASE("errors in token ids name file, field and reason") {
  CHECK(token_error(R"({"token_ids": [[1, 10]]})") ==
        "x.json: token_ids[0][1]: 10 is not in the vocabulary of 10 items");
  CHECK(token_error(R"({"token_ids": [[-1]]})") ==
        "x.json: token_ids[0][0]: -1 is not in the vocabulary of 10 items");
  CHECK(token_error(R"({"token_ids": [[18446744073709551615]]})") ==
        "x.json: token_ids[0][0]: 18446744073709551615 is not in the vocabulary of 10 items");
  CHECK(token_error(R"({"token_ids": [[1.5]]})") ==
        "x.json: token_ids[0][0]: should be a whole number, but is 1.5");
  CHECK(token_error(R"({"token_ids": [[1, 2, 3, 4, 5]]})") ==
        "x.json: token_ids[0][4]: is one of the tokens too many: the model takes 4");
  CHECK(token_error(R"({"token_ids": [[]]})") == "x.json: token_ids[0]: has 0 tokens, but the model takes 4");
}

TEST_CASE("another object than the model reads is an error") {
  CHECK(patch_error(R"({"token_ids": [[1]]})") ==
        "x.json: token_ids: unknown field; for this model it should be patches");
  CHECK(token_error(R"({"patches": [[[1]]]})") ==
        "x.json: patches: unknown field; for this model it should be token_ids");
  CHECK(token_error(R"({"token_ids": [[1]], "more": 1})") ==
        "x.json: more: unknown field; for this model it should be token_ids");
  CHECK(token_error(R"({"token_ids": [[1]], "token_ids": [[2]]})") ==
        "x.json: token_ids: this field stands twice in one object");
  CHECK(token_error("{}") == "x.json: token_ids: missing field");
  CHECK(token_error("[]") == "x.json: should be an object with the field token_ids, but is an array");
  CHECK(token_error("3") == "x.json: should be an object with the field token_ids, but is a number");
}

TEST_CASE("text that is no JSON is an error with line and column") {
  CHECK_THAT(token_error("{\"token_ids\": [[1,\n nan]]}"), ContainsSubstring("line 2, column 3"));
  // What is wrong with an empty file the parser says differently from version to version.
  CHECK_THAT(token_error(""), ContainsSubstring("line 1, column 1:"));
  CHECK_THAT(token_error("{\"token_ids\": [[1]]"), ContainsSubstring("unexpected end of input"));
  CHECK_THAT(token_error("{\"token_ids\": [[1]]} x"), ContainsSubstring("line 1, column 22"));
  CHECK(token_error(std::string(100'000, '[')) ==
        "x.json: should be an object with the field token_ids, but is an array");
  CHECK(token_error("{\"" + std::string(10'000, 'x') + "\": 1}").size() < 600);
}

TEST_CASE("a file that is not there is an error") {
  const test::TemporaryFolder folder;
  const auto missing = folder.path() / "none.json";
  CHECK(test::input_error_of([&] { read_json_input(missing, token_shape); }) ==
        missing.string() + ": No such file or directory");
  CHECK(test::input_error_of([&] { read_json_input(folder.path(), token_shape); }) ==
        folder.path().string() + ": is a directory");
  const auto file = folder.write("x.json", R"({"token_ids": [[1, 2]]})");
  CHECK(std::get<TokenIds>(read_json_input(file, token_shape)).ids == std::vector<Index>{1, 2});
}
