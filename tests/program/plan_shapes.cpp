// SPDX-License-Identifier: MIT
#include "plan/shapes.hpp"

#include <map>
#include <regex>
#include <sstream>

#include "json_text.hpp"
#include "plan/shapes_file.hpp"
#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/run_program.hpp"
#include "support/shape_lists.hpp"

using namespace widthwise;
using namespace widthwise::program;
using test::check_refused;
using test::input_error_of;
using test::run_program;

namespace {

Json json_of(const TensorList& list) {
  Json json(Json::object());
  for (const auto& tensor : list)
    json[tensor.name] = tensor.shares.empty() ? Json(tensor.shape) : Json(tensor.shares);
  return json;
}

std::string error_in(const std::string& text) {
  return input_error_of([&] {
    ShapeFiles files;
    parse_shapes(text, "s.json", files);
  });
}

}  // namespace

TEST_CASE("plan --shapes reads one file of models or a file each, in every format") {
  const test::TemporaryFolder folder;
  const Json small = json_of(test::gpt2_shapes(64, 2)), large = json_of(test::gpt2_shapes(128, 3));
  const std::string a = folder.write("a.json", small.dump()), b = folder.write("b.json", large.dump()),
                    both = folder.write(
                        "both.json",
                        Json{{"models", {small, large}}, {"coefficients", {{"Q", 0.25}}}}.dump());

  const auto two = run_program({"plan", "--shapes", a, b, "--format", "json"});
  REQUIRE(two.error.empty());
  const Json json = Json::parse(two.out);
  CHECK(json["groups"][0]["name"] == "WE");
  CHECK(json["groups"][0]["tensors"] == Json{"transformer.wte.weight"});
  CHECK(json["groups"][0]["shape"] == Json{128, 50257});  // the larger of the two
  CHECK(json["groups"][2]["name"] == "norm");
  CHECK(json["groups"][2]["init_mean"] == 1);
  CHECK(json["groups"][2]["copies"] == 7);
  CHECK(json["groups"][4]["tensors"][2] == "transformer.h.2.attn.c_attn.weight");

  const auto narrow = run_program({"plan", "--shapes", both, "--width", "64", "--format", "csv"});
  REQUIRE(narrow.error.empty());
  CHECK_THAT(narrow.out, ContainsSubstring("Q,Q,64x64,2,8192,0.0625,sqrt(C_Q/n),"));
  CHECK_THAT(narrow.out, ContainsSubstring(",init_mean,tensors\n"));

  const std::string table = run_program({"plan", "--shapes", a, b}).out;
  CHECK_THAT(table, ContainsSubstring("width 128, 40 tensors, the head is transformer.wte.weight"));
  CHECK_THAT(table, ContainsSubstring("M = 4, n = 128"));
  CHECK_THAT(table, ContainsSubstring("transformer.h.*.mlp.c_proj.weight"));
  CHECK_THAT(run_program({"plan", "--shapes", a, b, "--format", "markdown"}).out,
             ContainsSubstring("| `transformer.h.*.mlp.c_proj.weight`"));
}

TEST_CASE("plan --shapes writes the formats of frameworks, with patterns of the listed names alone") {
  const test::TemporaryFolder folder;
  const Json small = json_of(test::gpt2_shapes(64, 2)), large = json_of(test::gpt2_shapes(128, 12));
  const std::string file = folder.write("gpt2.json", Json{{"models", {small, large}}}.dump());
  const auto made = run_program({"plan", "--shapes", file, "--format", "pytorch"});
  REQUIRE(made.error.empty());
  const Json json = Json::parse(made.out);
  const auto owners = [&](const std::string& name) {
    std::string found;
    for (const Json& group : json["groups"])
      if (std::regex_search(name, std::regex(group["pattern"].get<std::string>())))
        found += group["name"].get<std::string>() + " ";
    return found;
  };
  // Every listed tensor has its groups, as often as they have copies.
  std::map<std::string, int> found;
  for (const auto& tensor : test::gpt2_shapes(128, 12)) {
    std::istringstream words(owners(tensor.name));
    for (std::string word; words >> word;) ++found[word];
  }
  for (const Json& group : json["groups"]) CHECK(found[group["name"]] == group["copies"]);
  CHECK(owners("transformer.h.11.attn.c_attn.weight") == "Q K V ");
  CHECK(owners("module.transformer.h.1.ln_1.weight") == "norm ");
  CHECK(owners("transformer.h.12.ln_1.weight").empty());
  CHECK(owners("transformer.h.1xln_1.weight").empty());
  CHECK(owners("other.transformer.wte.weight").empty());
  CHECK(json["groups"][2]["init_mean"] == 1);
  CHECK_THAT(run_program({"plan", "--shapes", file, "--format", "c"}).out,
             ContainsSubstring("#define WIDTHWISE_GROUPS 16\n"));
  CHECK(Json::parse(run_program({"plan", "--shapes", file, "--format", "optax"}).out)["model"] == file);
}

TEST_CASE("plan --shapes refuses in one line that names the tensor") {
  const test::TemporaryFolder folder;
  const std::string a = folder.write("a.json", json_of(test::gpt2_shapes(64, 2)).dump()),
                    b = folder.write("b.json", json_of(test::gpt2_shapes(128, 3)).dump());
  check_refused({"plan", "--shapes", a}, "shapes at one width do not show which dimensions grow");
  check_refused({"plan", "--shapes", a, b, "--preset", "gpt2"}, "--shapes: stands in the place of --preset");
  check_refused({"plan", "--shapes", a, b, "--width", "96"},
                "--width: the files list the widths 64, 128, but not 96");
  check_refused({"plan", "--shapes", a, b, "--strategy", "spectral"},
                "transformer.wte.weight: spectral is a rule for heads of their own");
  check_refused({"plan", "--shapes", a, b, "--format", "optax", "--optimizer", "muon"},
                "--format: the format optax is for sgd, adam, adamw and lion, but the optimizer is muon");
  check_refused({"plan", "--shapes", a, (folder.path() / "none.json").string()}, "none.json");
  TensorList odd = test::gpt2_shapes(128, 3);
  test::entry(odd, "transformer.wpe.weight").shape[0] = 1030;
  check_refused({"plan", "--shapes", a, folder.write("odd.json", json_of(odd).dump())},
                "transformer.wpe.weight (taken as PE) has a size that goes 1024, 1030");
}

TEST_CASE("files of shapes are read strictly") {
  CHECK(error_in("[]") == "s.json: should be an object of names and shapes");
  CHECK(error_in(R"({"a": 3})") ==
        "s.json: a: should be an array of sizes, or the name of the tensor that it is");
  CHECK(error_in(R"({"a": [3, 0]})") == "s.json: a: its sizes should be whole numbers from 1 to 1000000000");
  CHECK(error_in(R"({"a": [1.5]})").starts_with("s.json: a: its sizes"));
  CHECK(error_in(R"({"a": [18446744073709551615]})").starts_with("s.json: a: its sizes"));
  CHECK(error_in(R"({"a": ""})").starts_with("s.json: a: should be a shape, or the name"));
  CHECK(error_in(R"({"a": [1], "a": [1]})") == "s.json: a: this field stands twice in one object");
  CHECK(error_in(R"({"models": {}})").starts_with("s.json: models: should be an array"));
  CHECK(error_in(R"({"models": [{"a": [2]}, 3]})") ==
        "s.json: models[1]: should be an object of names and shapes");
  CHECK(error_in(R"({"models": [{"a": [-2]}]})").starts_with("s.json: models[0].a: its sizes"));
  CHECK(error_in(R"({"models": [], "tide": true})")
            .starts_with("s.json: tide: unknown field; known here: models"));
  CHECK(error_in(R"({"models": [], "tied": 1})").starts_with("s.json: tied: should be true or false"));
  CHECK(error_in(R"({"models": [], "roles": {"a": "b"}})")
            .starts_with("s.json: roles.a: should be one of patch"));
  CHECK(error_in(R"({"models": [], "coefficients": {"Q": -1}})")
            .starts_with("s.json: coefficients.Q: should be"));
  CHECK(
      error_in(R"({"models": [], "rounding": 0})").starts_with("s.json: rounding: should be a whole number"));
  ShapeFiles files;
  parse_shapes(R"({"models": [], "tied": true, "learning_rate": {"Q": 2}})", "a.json", files);
  CHECK(input_error_of([&] { parse_shapes(R"({"models": [], "tied": false})", "b.json", files); }) ==
        "b.json: tied: another file says otherwise");
  CHECK(input_error_of([&] {
          parse_shapes(R"({"models": [], "learning_rate": {"Q": 2}})", "b.json", files);
        }) == "b.json: learning_rate.Q: is set in another file too");
  parse_shapes(R"({"a": [2, 3], "b": "a"})", "c.json", files);
  REQUIRE(files.lists.size() == 1);
  CHECK(files.lists[0][0].shape == std::vector<std::int64_t>{2, 3});
  CHECK(files.lists[0][1].shares == "a");
}
