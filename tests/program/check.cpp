// SPDX-License-Identifier: MIT
// The command `check`, run as users run it.
#include <algorithm>

#include "check/report.hpp"
#include "json_text.hpp"
#include "support/catch.hpp"
#include "support/model_texts.hpp"
#include "support/run_program.hpp"

using namespace widthwise;
using namespace widthwise::test;
using widthwise::program::Json;

namespace {

// Two tokens, so that theory is exact and quick.
const std::string model_text = R"({"width": 32, "heads": 4, "norm": {"epsilon": 1e-3},
 "stem": {"kind": "patch", "inputs": 3, "tokens": 2, "C_patch": 1, "C_PE": 0.3},
 "blocks": [{"kind": "attention", "mask": "none", "C_Q": 0.8, "C_K": 1, "C_V": 0.9, "C_U": 0.8},
            {"kind": "mlp", "activation": "gelu", "multiplier": 2, "C_W": 1.5, "C_X": 0.8}],
 "head": {"kind": "linear", "outputs": 4, "bias": true, "C_head": 1.2, "pool": "mean"}})";
const std::string small_input =
    R"({"patches": [[[0.3, -0.6, 0.9], [0.4, 1.2, -0.2]], [[1, 0, 0.5], [0.7, 0.7, -1]]]})";

}  // namespace

TEST_CASE("check gives its fields, the same for the same seed, and agrees with flow") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", model_text).string();
  const std::string input = folder.write("input.json", small_input).string();
  const std::vector<std::string> arguments{"check",   "--model", model, "--input",  input,
                                           "--width", "64",      "16",  "32",       "--networks",
                                           "400",     "--seed",  "3",   "--format", "json"};
  const Run run = run_program(arguments);
  REQUIRE(run.status == 0);
  CHECK(run.error.empty());
  CHECK(run_program(arguments).out == run.out);
  const Json found = Json::parse(run.out);
  const Json flow =
      Json::parse(run_program({"flow", "--model", model, "--input", input, "--format", "json"}).out);

  REQUIRE(found["widths"].size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const Json& width = found["widths"][i];
    CHECK(width["width"] == 16 << i);
    CHECK(width["networks"] == 400);
    for (const std::string kernel : {"G", "Theta"}) {
      CHECK(width[kernel]["relative_error"] > 0);
      CHECK(width[kernel]["standard_error"] > 0);
      CHECK(width[kernel]["relative_error"] < 0.5);
    }
    REQUIRE(width["groups"].size() == flow["groups"].size());
    for (std::size_t g = 0; g < flow["groups"].size(); ++g) {
      const Json& group = width["groups"][g];
      CHECK(group["name"] == flow["groups"][g]["name"]);
      CHECK(group["theory"] == flow["groups"][g]["tangent"]);
      // Corrections at width 64 are a few parts in a hundred.
      if (i == 2)
        CHECK(std::abs(group["measured"].get<double>() - group["theory"].get<double>()) <
              4 * group["standard_error"].get<double>() + 0.1 * group["theory"].get<double>());
    }
  }
  CHECK(found["slope"].is_number());
  CHECK(found["slope_standard_error"] > 0);
}

TEST_CASE("check has a table and a plot, whole or not at all") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", model_text).string();
  const std::string input = folder.write("input.json", small_input).string();
  const auto plot = folder.path() / "check.svg", table = folder.path() / "check.txt",
             nowhere = folder.path() / "none" / "x.svg";
  const auto with = [&](std::vector<std::string> more) {
    const std::vector<std::string> all{"check", "--model", model, "--input", input, "--networks", "3"};
    more.insert(more.begin(), all.begin(), all.end());
    return more;
  };
  const Run run = run_program(with({"--plot", plot.string(), "--output", table.string()}));
  CHECK(run.status == 0);
  CHECK(run.out.empty());
  CHECK(run.error.empty());
  CHECK_THAT(contents(table), ContainsSubstring("   32         3") && ContainsSubstring("  256         3") &&
                                  ContainsSubstring("block2.Q") && ContainsSubstring("to the power") &&
                                  ContainsSubstring("the part of order 1/H"));
  CHECK_THAT(contents(plot), ContainsSubstring("<svg") && ContainsSubstring("theory, slope −1") &&
                                 ContainsSubstring("fit, slope "));
  const Run single = run_program(with({"--width", "16", "--format", "json"}));
  CHECK(single.status == 0);
  CHECK(Json::parse(single.out)["slope"].is_null());
  const Run sample = run_program(with({"--width", "16", "--samples", "1", "--output", table.string()}));
  CHECK(sample.status == 0);
  CHECK_THAT(contents(table), ContainsSubstring("1 sample of 2 tokens"));

  const auto files = folder.files();
  check_refused(with({"--plot", nowhere.string()}), "x.svg: cannot be written");
  check_refused(with({"--plot", table.string(), "--output", table.string()}),
                "--plot: is the same file as --output");
  CHECK(folder.files() == files);
}

TEST_CASE("check refuses what makes no sense, by name") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", model_text).string();
  const std::string input = folder.write("input.json", small_input).string();
  const std::string all_items = folder.write("all.json", R"({"token_ids": [[0, 1], [2, 1]]})").string();
  const std::string tied = folder
                               .write("tied.json", R"({"width": 8, "heads": 2, "norm": {"epsilon": 1e-5},
    "stem": {"kind": "token", "vocabulary": 3, "tokens": 2, "C_WE": 1, "C_PE": 0.2}, "blocks": [],
    "head": {"kind": "tied", "pool": "none"}})")
                               .string();
  check_refused({"check", "--model", model}, "--input");
  check_refused({"check", "--model", model, "--input", input, "--width", "10"},
                "--width: heads: 4 heads do not divide the width 10");
  check_refused({"check", "--model", model, "--input", input, "--width", "16", "x"},
                "--width: should be a whole number");
  check_refused({"check", "--model", model, "--input", input, "--width", "16", "32", "16"},
                "--width: 16 is there twice");
  check_refused({"check", "--model", model, "--input", input, "--networks", "1"},
                "--networks: should be a whole number from 2");
  check_refused({"check", "--model", model, "--input", input, "--seed", "x"},
                "--seed: should be a whole number");
  check_refused({"check", "--model", model, "--input", input, "--format", "csv"},
                "--format: should be one of");
  check_refused({"check", "--model", model, "--input", cat}, "cat.jpg: ");
  check_refused({"check", "--model", tied, "--input", all_items},
                "tied.json: the input holds all 3 items of the vocabulary");
}
