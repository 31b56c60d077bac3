// SPDX-License-Identifier: MIT
// The program itself, run as users run it.
#include <algorithm>
#include <csignal>
#include <thread>

#include "json_text.hpp"
#include "support/catch.hpp"
#include "support/model_texts.hpp"
#include "support/run_program.hpp"

using namespace widthwise::test;
using widthwise::program::Json;

namespace {

// A model of 4 patches of 2x2 pixels, which any image can be cut into.
const std::string small_model = replaced(
    replaced(replaced(vision_model_text, R"("inputs": 768, "tokens": 196)", R"("inputs": 12, "tokens": 4)"),
             R"("repeat": 12)", R"("repeat": 1)"),
    R"("width": 768)", R"("width": 48)");

}  // namespace

TEST_CASE("help and version are no errors") {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"plan", "--help"}, {"flow", "--help"}, {"check", "--help"}, {"presets", "--help"}}) {
    const Run run = run_program(arguments);
    CHECK(run.status == 0);
    CHECK(run.error.empty());
    CHECK_THAT(run.out, ContainsSubstring("--help") &&
                            ContainsSubstring(arguments.size() == 1 ? "COMMAND" : "Example"));
  }
  const Run version = run_program({"--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("widthwise "));
}

TEST_CASE("plan, flow and presets work from a preset or a file") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", small_model).string();
  const Run plan = run_program({"plan", "--preset", "vit-b16", "--width", "384", "--optimizer", "sgd",
                                "--strategy", "0.25", "--ignore-mlp-multiplier", "--format", "json"});
  CHECK(plan.status == 0);
  CHECK(plan.error.empty());
  const Json planned = Json::parse(plan.out);
  CHECK(planned["s"] == 0.25);
  CHECK(planned["strategy"] == "scale-family");
  CHECK(planned["groups"][6]["lr_formula"] == planned["groups"][7]["lr_formula"]);  // W and X without M
  CHECK(run_program({"plan", "--model", model}).status == 0);

  const Run flow = run_program({"flow", "--model", model, "--input", cat, cat, "--samples", "2",
                                "--tolerance", "0.05", "--seed", "4", "--threads", "1", "--format", "json"});
  CHECK(flow.status == 0);
  CHECK(flow.error.empty());
  CHECK(Json::parse(flow.out)["rows"] == 8);

  const Run shown = run_program({"presets", "--show", "vit-s32"});
  CHECK(shown.status == 0);
  const std::string preset = folder.write("preset.json", shown.out).string();
  CHECK(run_program({"plan", "--model", preset, "--format", "csv"}).out ==
        run_program({"plan", "--preset", "vit-s32", "--format", "csv"}).out);
  CHECK_THAT(run_program({"presets"}).out, ContainsSubstring("\nvit-b16 "));
}

TEST_CASE("options that make no sense are refused by name") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", small_model).string();
  check_refused({}, "a command is needed: plan, flow, ");
  check_refused({"dance"}, "dance: no such command: plan, flow, ");
  check_refused({"--dance"}, "--dance: no such command: plan, flow, ");
  check_refused({"plan", "--preset", "vit-b16", "--fast"}, "--fast");
  check_refused({"plan", "--preset"}, "--preset");
  check_refused({"plan"}, "--preset or --model: exactly one of them is needed");
  check_refused({"plan", "--preset", "vit-b16", "--model", model}, "--preset or --model");
  check_refused({"plan", "--preset", "vit-c16"}, "--preset: preset \"vit-c16\" is not one of vit-b16");
  check_refused({"presets", "--show", "vit-c16"}, "--show: preset \"vit-c16\" is not one of vit-b16");
  check_refused({"plan", "--preset", "vit-b16", "--width", "770"},
                "--width: heads: 12 heads do not divide the width");
  check_refused({"plan", "--preset", "vit-b16", "--width", "-768"},
                "--width: should be a whole number from 1");
  check_refused({"plan", "--preset", "vit-b16", "--strategy", "1.5"}, "--strategy: a strategy is uniform");
  check_refused({"plan", "--preset", "vit-b16", "--optimizer", "adagrad"},
                "--optimizer: an optimizer is one of sgd, adam, adamw");
  check_refused({"plan", "--preset", "vit-b16", "--format", "yaml"},
                "--format: should be one of table, markdown");
  check_refused({"flow", "--model", model}, "--input");
  check_refused({"flow", "--model", model, "--input", cat, "--tolerance", "0"},
                "--tolerance: should be a positive");
  check_refused({"flow", "--model", model, "--input", cat, "--seed", "-1"},
                "--seed: should be a whole number");
  check_refused({"flow", "--model", model, "--input", cat, "--threads", "x"},
                "--threads: should be a whole number");
  check_refused({"flow", "--model", model, "--input", cat, "--samples", "0"},
                "--samples: should be a whole number");
  check_refused({"flow", "--model", model, "--input", cat, "--samples", "2"}, "--samples: 2 were asked for");
  check_refused({"flow", "--model", model, "--input", cat, "--max-draws", "3"}, "--max-draws: should be");
  check_refused({"flow", "--model", model, "--input", cat, "--format", "markdown"},
                "--format: should be one of");
}

TEST_CASE("files that will not do are refused by name and field") {
  const TemporaryFolder folder;
  const auto file = [&](const std::string& name, const std::string& text) {
    return folder.write(name, text).string();
  };
  const std::string model = file("model.json", small_model);
  const std::string words = file("words.json", language_model_text);
  const std::string odd = file("odd.json", replaced(small_model, R"("inputs": 12)", R"("inputs": 7)"));
  const std::string zero =
      file("zero.json",
           replaced(replaced(replaced(small_model, R"("C_patch": 1)", R"("C_patch": 0)"), "0.0004", "0"),
                    "1e-6", "0"));
  const std::string ids = file("ids.json", R"({"token_ids": [[1, 2, 30]]})");
  const std::string long_ids = file("long.json", R"({"token_ids": [[1, 2, 3, 4]]})");

  check_refused({"plan", "--model", "none.json"}, "none.json: No such file");
  check_refused({"plan", "--model", file("a.json", replaced(small_model, "C_Q", "C_q"))},
                "a.json: blocks[0].C_Q: missing");
  check_refused({"plan", "--model", file("a\nb.json", "{")}, "a?b.json: parse error at line 1, column 2");
  check_refused({"flow", "--model", model, "--input", "none.png"}, "none.png: No such file");
  check_refused({"flow", "--model", model, "--input", model}, "model.json: width: unknown field");
  check_refused({"flow", "--model", words, "--input", cat},
                "cat.jpg: holds images, but the model reads tokens");
  check_refused({"flow", "--model", odd, "--input", cat},
                "cat.jpg: no square image gives the 4 patches of 7 numbers");
  check_refused({"flow", "--model", zero, "--input", cat}, "zero.json: layer norm: row 0 has the variance 0");
  check_refused({"flow", "--model", words, "--input", ids}, "ids.json: token_ids[0][2]");
  check_refused({"flow", "--model", words, "--input", long_ids}, "long.json: token_ids[0]");
  CHECK(run_program({"plan", "--model", zero}).status == 0);  // zero initialization is one
  CHECK(run_program({"flow", "--model", words, "--input", file("short.json", R"({"token_ids": [[1, 2]]})")})
            .status == 0);
}

TEST_CASE("output appears whole or not at all") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", small_model).string();
  const auto old = folder.write("old.json", "old"), fresh = folder.path() / "new.json",
             plot = folder.path() / "new.svg", nowhere = folder.path() / "none" / "x.svg";
  const std::vector<std::string> flow{"flow",        "--model", model,      "--input", cat,
                                      "--tolerance", "0.1",     "--format", "json"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), flow.begin(), flow.end());
    return more;
  };
  const auto files = folder.files();
  check_refused(with({"--output", fresh.string(), "--plot", nowhere.string()}), "x.svg: cannot be written");
  check_refused(with({"--output", old.string(), "--samples", "9"}), "--samples");
  check_refused(with({"--output", fresh.string(), "--plot", fresh.string()}),
                "--plot: is the same file as --output");
  check_refused(with({"--output", folder.path().string()}), "is a directory");
  CHECK(folder.files() == files);
  CHECK(contents(old) == "old");

  const Run run = run_program(with({"--output", fresh.string(), "--plot", plot.string()}));
  CHECK(run.status == 0);
  CHECK(run.out.empty());
  CHECK(run.error.empty());
  CHECK(contents(fresh) == run_program(flow).out);
  CHECK(contents(plot).starts_with("<"));
  CHECK(folder.files() == files + 2);
  CHECK(run_program({"plan", "--preset", "gpt2", "--output", "/dev/full"}).status == 2);
}

TEST_CASE("a run that is killed leaves nothing behind") {
  const TemporaryFolder folder, outputs;
  const std::string model = folder.write("model.json", small_model).string();
  const auto process =
      start_program({"flow", "--model", model, "--input", cat, "--tolerance", "1e-12", "--max-draws",
                     "1000000000", "--output", (outputs.path() / "x.json").string()},
                    folder.path());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ::kill(process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(outputs.files() == 0);
}

TEST_CASE("a flow that stops short says so and still succeeds") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", small_model).string();
  const Run run = run_program({"flow", "--model", model, "--input", cat, "--tolerance", "1e-9", "--max-draws",
                               "64", "--format", "json"});
  CHECK(run.status == 0);
  CHECK_THAT(run.error, ContainsSubstring("widthwise: flow stopped short of the tolerance 1e-09"));
  CHECK(Json::parse(run.out)["converged"] == false);
}
