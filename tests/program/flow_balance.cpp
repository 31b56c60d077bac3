// SPDX-License-Identifier: MIT
#include "flow/balance.hpp"

#include "json_text.hpp"
#include "model_file.hpp"
#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/model_texts.hpp"
#include "support/run_program.hpp"

using namespace widthwise;
using namespace widthwise::program;
using test::check_refused;
using test::input_error_of;
using test::run_program;

TEST_CASE("flow --balance gives the learning rates of a model file whose flow has the shares") {
  const test::TemporaryFolder folder;
  const std::string model = folder.write("model.json", test::language_model_text),
                    input = folder.write("input.json", R"({"token_ids": [[3, 1, 3], [2, 2, 7]]})");
  const std::vector<std::string> flow{"flow", "--input", input, "--tolerance", "1", "--model"};
  const auto run = [&](const std::string& file, std::vector<std::string> more) {
    std::vector<std::string> words = flow;
    words.push_back(file);
    words.insert(words.end(), more.begin(), more.end());
    const auto done = run_program(words);
    CHECK(done.error.empty());
    REQUIRE(done.status == 0);
    return done.out;
  };
  CHECK_FALSE(Json::parse(run(model, {"--format", "json"})).contains("balance"));
  const Json json = Json::parse(run(model, {"--format", "json", "--balance", "Q", "W=2.5", "PE"}));
  const Json& balance = json["balance"];
  REQUIRE(balance["groups"].size() == 3);
  CHECK(balance["groups"][2]["name"] == "W");
  CHECK(balance["groups"][2]["learning_rate"] == balance["learning_rate"]["W"]);
  CHECK(balance["learning_rate"]["V"] == 1);

  Json balanced = Json::parse(test::language_model_text);
  balanced["learning_rate"] = balance["learning_rate"];
  const Json again = Json::parse(
      run(folder.write("balanced.json", balanced.dump()), {"--format", "json", "--balance", "all"}));
  const auto tangent = [&](const Json& flowed, const std::string& name) {
    for (const auto& group : flowed["groups"])
      if (group["name"] == name) return group["tangent"].get<double>();
    return 0.0;
  };
  CHECK(tangent(again, "PE") == Approx(tangent(again, "block2.Q")));
  CHECK(tangent(again, "block3.W") == Approx(2.5 * tangent(again, "PE")));
  CHECK(tangent(again, "block2.V") == Approx(tangent(json, "block2.V")));
  CHECK(again["output"]["Theta_mean_diagonal"].get<double>() ==
        Approx(json["output"]["Theta_mean_diagonal"].get<double>()));
  CHECK(again["balance"]["groups"].size() == 8);

  CHECK_THAT(run(model, {"--balance", "all"}), ContainsSubstring("12.5 %"));
  CHECK_THAT(run(model, {"--balance", "Q", "K", "--format", "csv"}),
             ContainsSubstring("\n,balance,Q,learning_rate,,,"));

  check_refused({"flow", "--model", model, "--input", input, "--balance", "Z"},
                "--balance: Z: is none of the model's groups: WE, PE, Q, K, V, U, W, X");
}

TEST_CASE("shares are read from words") {
  const Model model = parse_model(test::language_model_text, "model.json");
  CHECK(parse_shares({"all"}, model).empty());
  CHECK(parse_shares({"Q", "K=0.5"}, model) == Shares{{"Q", 1}, {"K", 0.5}});
  const auto error = [&](const std::vector<std::string>& words) {
    return input_error_of([&] { parse_shares(words, model); });
  };
  CHECK(error({"Q=zero"}) == "--balance: Q: should be a positive number, but is zero");
  CHECK(error({"Q=0"}) == "--balance: Q: should be a positive number, but is 0");
  CHECK(error({"Q", "Q=2"}) == "--balance: Q: stands twice");
  CHECK(error({"all", "Q"}).starts_with("--balance: all: is none of the model's groups: WE"));
}
