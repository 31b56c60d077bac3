// SPDX-License-Identifier: MIT
#include "json_text.hpp"
#include "support/catch.hpp"
#include "support/run_program.hpp"

using namespace widthwise;
using program::Json;
using test::check_refused;
using test::run_program;

namespace {

Json planned(const std::vector<std::string>& more) {
  std::vector<std::string> words{"plan", "--preset", "vit-b16"};
  words.insert(words.end(), more.begin(), more.end());
  const auto run = run_program(words);
  REQUIRE(run.error.empty());
  return Json::parse(run.out);
}

Json group(const Json& plan, const std::string& name) {
  for (const Json& line : plan["groups"])
    if (line["name"] == name) return line;
  throw std::runtime_error("no group " + name);
}

}  // namespace

TEST_CASE("plan --depth says what a rule for deep models changes") {
  const Json plain = planned({"--format", "json"});
  CHECK_FALSE(plain.contains("depth"));
  const Json completep = planned({"--format", "json", "--depth", "completep"});
  CHECK(completep["depth"] == "completep");
  CHECK(completep["skip_multiplier"] == 1);
  CHECK(group(completep, "U")["multiplier"].get<double>() == Approx(1.0 / 12));
  CHECK(group(completep, "Q")["lr_factor"] == group(plain, "Q")["lr_factor"]);
  const Json half = planned({"--format", "json", "--depth", "depth-mup"});
  CHECK(group(half, "Q")["lr_factor"].get<double>() ==
        Approx(group(plain, "Q")["lr_factor"].get<double>() / std::sqrt(12)));
  const Json gpt2 = planned({"--format", "json", "--depth", "gpt2"});
  CHECK(group(gpt2, "X")["init_std"].get<double>() ==
        Approx(group(plain, "X")["init_std"].get<double>() / std::sqrt(24)));
  CHECK(planned({"--format", "json", "--depth", "ds-init"})["groups"].size() ==
        plain["groups"].size() + 11 * 6);

  const auto table = run_program({"plan", "--preset", "vit-b16", "--depth", "deepnorm"});
  CHECK_THAT(table.out, ContainsSubstring("rule for depth      deepnorm\n") &&
                            ContainsSubstring("skip multiplier     2.21336 = 2^0.25 n_layers^0.25\n"));
}

TEST_CASE("vectors inside branches follow the rule in plans for frameworks") {
  const Json plain = planned({"--format", "pytorch"}),
             half = planned({"--format", "pytorch", "--depth", "depth-mup"});
  CHECK(half["depth"] == "depth-mup");
  CHECK(half["vectors"]["lr_factor"].get<double>() ==
        Approx(plain["vectors"]["lr_factor"].get<double>() / std::sqrt(12)));
  CHECK(half["vectors"]["eps_factor"].get<double>() ==
        Approx(plain["vectors"]["eps_factor"].get<double>() / std::sqrt(12)));
  CHECK(half["vectors"]["multiplier"] == 1);
  const auto c = run_program({"plan", "--preset", "vit-b16", "--depth", "deepnorm", "--format", "c"});
  CHECK_THAT(c.out, ContainsSubstring("adamw, deepnorm\n") &&
                        ContainsSubstring("#define WIDTHWISE_SKIP_MULTIPLIER 2.2133"));
}

TEST_CASE("rules for deep models refuse what they do not know") {
  check_refused({"plan", "--preset", "vit-b16", "--depth", "deeper"},
                "--depth: a rule for deep models is one of depth-mup");
  check_refused({"plan", "--shapes", "a.json", "b.json", "--depth", "gpt2"},
                "--depth: takes a model from --preset or --model, not from --shapes");
}
