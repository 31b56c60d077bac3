// SPDX-License-Identifier: MIT
// `widthwise gram`, run as users run it.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

#include "json_text.hpp"
#include "support/catch.hpp"
#include "support/model_texts.hpp"
#include "support/run_program.hpp"

using namespace widthwise::test;
using widthwise::program::Json;

namespace {

const std::string three_tokens = R"({"token_ids": [[1, 2, 3], [4, 2, 4], [9, 9, 9], [3, 2, 1], [0, 7, 5]]})";

struct Work {
  TemporaryFolder folder;
  std::string model = folder.write("model.json", replaced(language_model_text, "none", "mean")).string();
  std::string input = folder.write("ids.json", three_tokens).string();
  std::filesystem::path output = folder.path() / "gram.ndjson";

  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{"gram",   "--model", model,      "--input",      input,
                                 "--seed", "5",       "--output", output.string()};
    for (const auto& [option, value] : {std::pair("--tolerance", "0.02"), std::pair("--tile", "2")})
      if (std::find(more.begin(), more.end(), option) == more.end()) all.insert(all.end(), {option, value});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

}  // namespace

TEST_CASE("gram says how it is used, and why it is not") {
  CHECK_THAT(run_program({"gram", "--help"}).out, ContainsSubstring("Example:"));
  const Work work;
  const Run without = run_program({"gram", "--model", work.model, "--input", work.input});
  CHECK(without.status == 2);
  CHECK(without.error == "widthwise: --output: is needed: the file that tiles are appended to\n");
  CHECK_THAT(run_program(work.arguments({"--tile", "0"})).error,
             ContainsSubstring("--tile: should be a whole number from 1"));
  CHECK_FALSE(std::filesystem::exists(work.output));
}

TEST_CASE("gram writes the same file for any threads, and whatever was resumed") {
  const Work work;
  const Run run = run_program(work.arguments({"--threads", "1"}));
  CHECK(run.status == 0);
  CHECK(run.out.empty());
  CHECK(run.error.empty());
  const std::string all = contents(work.output);
  CHECK(run_program(work.arguments()).status == 0);  // nothing is left to do
  CHECK(contents(work.output) == all);

  std::filesystem::remove(work.output);
  CHECK(run_program(work.arguments({"--threads", "3"})).status == 0);
  CHECK(contents(work.output) == all);

  const std::size_t header = all.find('\n') + 1;
  for (const std::size_t length : {header, header + 100, all.size() - 1, all.size() / 2}) {
    work.folder.write("gram.ndjson", all.substr(0, length));
    const Run again = run_program(work.arguments({"--threads", "2"}));
    CHECK(again.status == 0);
    CHECK(again.error.empty() == (length == header));
    if (length == header + 100)
      CHECK_THAT(again.error, ContainsSubstring("gram goes on after tile 0: the 100 bytes"));
    CHECK(contents(work.output) == all);
  }
  const Run other = run_program(work.arguments({"--tolerance", "0.01"}));
  CHECK(other.status == 2);
  CHECK_THAT(other.error,
             ContainsSubstring("tolerance: the file was begun with 0.02, asked for is now 0.01"));
  CHECK(contents(work.output) == all);
}

TEST_CASE("a Gram matrix that is killed loses no finished tile") {
  const Work work;
  const auto arguments = work.arguments({"--tolerance", "0.002", "--tile", "1", "--threads", "1"});
  const Run whole = run_program(arguments);
  REQUIRE(whole.status == 0);
  const std::string all = contents(work.output);
  for (const int signal : {SIGKILL, SIGINT}) {
    std::filesystem::remove(work.output);
    int killed = 0;
    for (const int pause : {1, 4, 10, 20, 40, 80, 160}) {
      const TemporaryFolder outputs;
      const auto process = start_program(arguments, outputs.path());
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      ::kill(process, signal);
      int status = 0;
      ::waitpid(process, &status, 0);
      killed += WIFSIGNALED(status);
      if (std::filesystem::exists(work.output)) CHECK(all.starts_with(contents(work.output)));
    }
    CHECK(killed > 0);
    CHECK(run_program(arguments).status == 0);
    CHECK(contents(work.output) == all);
  }
}

TEST_CASE("gram agrees with flow, and says where it stopped short") {
  const Work work;
  REQUIRE(run_program(work.arguments()).status == 0);
  const std::string all = contents(work.output);
  const Json tile =
      Json::parse(all.substr(all.find('\n') + 1, all.find('\n', all.find('\n') + 1) - all.find('\n')));
  const Json flow = Json::parse(run_program({"flow", "--model", work.model, "--input", work.input,
                                             "--tolerance", "0.01", "--format", "json"})
                                    .out);
  const Json& theta = flow["output"]["Theta"];
  const double largest = theta[0][0].get<double>() + theta[1][1].get<double>();
  const double flow_error = flow["output"]["standard_error"]["Theta"].get<double>() * largest;
  for (const std::size_t i : {0, 1})
    for (const std::size_t j : {0, 1}) {
      const double error = std::hypot(tile["standard_error"]["Theta"][i][j].get<double>(), flow_error);
      CHECK(std::abs(tile["Theta"][i][j].get<double>() - theta[i][j].get<double>()) < 4 * error);
    }

  std::filesystem::remove(work.output);
  const Run rough = run_program(work.arguments({"--tolerance", "1e-9", "--max-draws", "16"}));
  CHECK(rough.status == 0);
  CHECK_THAT(rough.error, ContainsSubstring("gram stopped short of the tolerance 1e-09 in 6 of 6 tiles"));
  CHECK(run_program(work.arguments({"--tolerance", "1e-9", "--max-draws", "16"})).error == rough.error);
}

TEST_CASE("a Gram file is read from Python as the documentation says") {
  if (std::system("python3 -c '' >/dev/null 2>&1") != 0) return;
  const Work work;
  REQUIRE(run_program(work.arguments()).status == 0);
  const std::string all = contents(work.output);
  work.folder.write("gram.ndjson", all.substr(0, all.size() - 5));  // the last tile is torn
  const auto read = [&] {
    const auto json = work.folder.path() / "gram.json";
    const std::string script = std::string(WIDTHWISE_DATA) + "/../read_gram.py";
    REQUIRE(std::system(("python3 '" + script + "' '" + work.output.string() + "' >'" + json.string() + "'")
                            .c_str()) == 0);
    return Json::parse(contents(json));
  };
  CHECK(read()["Theta"][4][4].is_null());
  REQUIRE(run_program(work.arguments()).status == 0);
  const Json gram = read();
  CHECK(gram["header"]["samples"] == 5);
  for (const std::string name : {"G", "Theta", "G_error", "Theta_error"}) {
    REQUIRE(gram[name].size() == 5);
    for (std::size_t i = 0; i < 5; ++i)
      for (std::size_t j = 0; j < 5; ++j) {
        CHECK(gram[name][i][j].is_number());
        CHECK(gram[name][i][j] == gram[name][j][i]);
      }
  }
  std::string line = all.substr(0, all.rfind('\n'));
  line = line.substr(line.rfind('\n') + 1);
  const Json last = Json::parse(line);
  CHECK(gram["G"][last["row"].get<std::size_t>()][last["column"].get<std::size_t>()] == last["G"][0][0]);
}
