// SPDX-License-Identifier: MIT
#include "flow/report.hpp"

#include <cmath>
#include <map>
#include <sstream>

#include "flow/plot.hpp"
#include "flow/run.hpp"
#include "flow/summary.hpp"
#include "input/json_input.hpp"
#include "json_text.hpp"
#include "model_file.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/model_texts.hpp"

using namespace widthwise;
using namespace widthwise::program;
using widthwise::test::replaced;

namespace {

// A worked case: model and input files as they stand in it, and what `flow --kernels --format json` says.
struct Case {
  nlohmann::json table;
  Flow<double> flow;
  Json json;
};

Flow<double> flow_of(const std::string& text, const std::string& input, const FlowSettings& settings = {}) {
  const Model model = parse_model(text, "model.json");
  InputShape shape;
  if (const auto* patch = std::get_if<PatchStem>(&model.stem))
    shape = PatchShape{patch->tokens, patch->inputs};
  else
    shape = TokenShape{std::get<TokenStem>(model.stem).tokens, std::get<TokenStem>(model.stem).vocabulary};
  return run_flow(model, parse_input(input, "input.json", shape), settings);
}

Case run_case(const std::string& file, const FlowSettings& settings) {
  Case result{test::reference_table(file), {}, {}};
  result.flow = flow_of(result.table["model"].dump(), result.table["input"].dump(), settings);
  result.json = Json::parse(flow_json(result.flow, {.model = "model", .kernels = true}));
  return result;
}

// Largest difference of two matrices in joint standard errors; the expected one is known to `error`.
double deviation(const Json& found, const Json& found_error, const nlohmann::json& expected, double error) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::size_t j = 0; j < expected.size(); ++j) {
      const double wanted = expected[i][j], joint = std::hypot(found_error[i][j].get<double>(), error);
      worst =
          std::max(worst, std::abs(found[i][j].get<double>() - wanted) / (joint + 1e-12 * std::abs(wanted)));
    }
  return worst;
}

double largest(const nlohmann::json& kernel) {
  return test::matrix(kernel).cwiseAbs().maxCoeff();
}

const std::string tiny_model = replaced(
    replaced(
        replaced(test::vision_model_text, R"("inputs": 768, "tokens": 196)", R"("inputs": 2, "tokens": 2)"),
        R"("repeat": 12)", R"("repeat": 2)"),
    R"("width": 768)", R"("width": 24)");
const std::string tiny_input = R"({"patches": [[[1, 0.5], [-0.3, 2]], [[0.1, 0.2], [0.3, -0.4]]]})";

}  // namespace

TEST_CASE("the exact vision case is met to 1e-8, field by field") {
  const Case c = run_case("vision_two_tokens_exact.json", {});
  const auto& expected = c.table["expected"];
  for (const char* field : {"samples", "tokens", "rows"})
    CHECK(c.json[field] == Json(expected[field].get<int>()));
  REQUIRE(c.json["blocks"].size() == expected["blocks"].size());
  const auto close = [](const Json& found, const nlohmann::json& kernel) {
    const Matrix<double> wanted = test::matrix(kernel),
                         difference = test::matrix(nlohmann::json(found)) - wanted;
    return difference.cwiseAbs().maxCoeff() < 1e-8 * wanted.cwiseAbs().maxCoeff();
  };
  for (std::size_t i = 0; i < expected["blocks"].size(); ++i) {
    CAPTURE(i);
    const auto& found = c.json["blocks"][i];
    const auto& wanted = expected["blocks"][i];
    CHECK(found["index"] == i + 1);
    CHECK(found["kind"].get<std::string>() == wanted["kind"].get<std::string>());
    CHECK(close(found["G"], wanted["G"]));
    CHECK(close(found["Theta"], wanted["Theta"]));
    CHECK(found["standard_error"]["G"] == 0);
  }
  CHECK(close(c.json["output"]["G"], expected["output"]["G"]));
  CHECK(close(c.json["output"]["Theta"], expected["output"]["Theta"]));
  CHECK(c.json["standard_error"]["G"] == 0);
  CHECK(c.json["standard_error"]["Theta"] == 0);

  std::map<std::string, Json> found;
  for (const auto& group : c.json["groups"]) found[group["name"]] = group;
  REQUIRE(found.size() == expected["groups"].size());
  for (const auto& group : expected["groups"]) {
    const std::string name = group["name"];
    CAPTURE(name);
    CHECK(found.at(name)["parameters"] == Json(group["parameters"].get<int>()));
    for (const char* field : {"tangent", "squared_gradient", "per_parameter"})
      CHECK(found.at(name)[field].get<double>() == Approx(group[field].get<double>()).epsilon(1e-8));
  }
}

TEST_CASE("the sampled cases are met within four joint standard errors") {
  const auto file = GENERATE(as<std::string>(), "language_tied_causal_sampled.json",
                             "vision_four_tokens_mean_sampled.json");
  CAPTURE(file);
  const Case c = run_case(file, {.tolerance = 1e-3, .seed = 5});
  CHECK(c.flow.converged);
  const auto &expected = c.table["expected"], &attention = c.table["model"]["blocks"][0];
  // Its standard error is that of S; G has C_U C_V S, and other kernels are taken to be known as well,
  // relatively.
  const double known_to = attention["C_U"].get<double>() * attention["C_V"].get<double>() *
                          expected["standard_error"]["absolute_of_S"].get<double>() /
                          largest(expected["blocks"][1]["G"]);
  for (std::size_t i = 0; i < expected["blocks"].size(); ++i) {
    CAPTURE(i);
    const auto& found = c.json["blocks"][i];
    for (const char* kernel : {"G", "Theta"}) {
      const auto& wanted = expected["blocks"][i][kernel];
      const double error = i == 0 ? 0 : known_to * largest(wanted);
      CHECK(deviation(found[kernel], found["standard_error"][std::string(kernel) + "_entries"], wanted,
                      error) < 4);
    }
  }
  std::map<std::string, Json> found;
  for (const auto& group : c.json["groups"]) found[group["name"]] = group;
  REQUIRE(found.size() == expected["groups"].size());
  for (const auto& group : expected["groups"]) {
    const std::string name = group["name"];
    CAPTURE(name);
    for (const char* field : {"tangent", "squared_gradient", "per_parameter"}) {
      const double wanted = group[field], value = found.at(name)[field],
                   error = found.at(name)["standard_error"][field];
      CHECK(std::abs(value - wanted) < 4 * std::hypot(error, known_to * wanted) + 1e-12);
    }
  }
}

TEST_CASE("without whole kernels every block has its means, and the groups' shares add up") {
  const Flow<double> flow = flow_of(tiny_model, tiny_input);
  const Json json = Json::parse(flow_json(flow, {.tolerance = 0.01, .seed = 18446744073709551615u}));
  REQUIRE(json["blocks"].size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    const Json& block = json["blocks"][i];
    CHECK_FALSE(block.contains("G"));
    CHECK(block["G_mean_diagonal"].get<double>() == mean_diagonal(flow.blocks[i].forward.value));
    CHECK(block["Theta_mean_diagonal"].get<double>() == mean_diagonal(flow.blocks[i].tangent.value));
    CHECK(block["mean_correlation"].get<double>() == *mean_correlation(flow.blocks[i].forward.value));
  }
  CHECK(json["output"]["G"].size() == 2);  // one row a sample after pooling
  double sum = 0;
  for (const auto& group : json["groups"]) sum += group["tangent"].get<double>();
  CHECK(sum ==
        Approx((json["output"]["Theta"][0][0].get<double>() + json["output"]["Theta"][1][1].get<double>()) /
               2));
  CHECK(json["seed"] == 18446744073709551615u);
  CHECK(json["tolerance"] == 0.01);
  CHECK(json["converged"] == true);
}

TEST_CASE("one row has no correlation") {
  const std::string one = replaced(tiny_model, R"("tokens": 2)", R"("tokens": 1)");
  const Flow<double> flow = flow_of(one, R"({"patches": [[[1, 0.5]]]})");
  CHECK(Json::parse(flow_json(flow, {}))["blocks"][0]["mean_correlation"].is_null());
  CHECK_THAT(flow_table(flow, {}), ContainsSubstring("1 sample of 1 token\n"));
  CHECK(flow_figure(flow, "one", "row").rows.front().size() == 1);  // no panel of correlations
  CHECK_NOTHROW(plot::svg(flow_figure(flow, "one", "row")));
}

TEST_CASE("CSV has one value a line and the same doubles") {
  const Flow<double> flow = flow_of(tiny_model, tiny_input);
  std::istringstream lines(flow_csv(flow, {.kernels = true}));
  std::map<std::string, std::string> values;
  std::string line;
  std::getline(lines, line);
  CHECK(line == "block,kind,group,quantity,row,column,value,standard_error");
  while (std::getline(lines, line)) {
    std::vector<std::string> cells;
    for (std::size_t from = 0, to = 0; to != std::string::npos; from = to + 1) {
      to = line.find(',', from);
      cells.push_back(line.substr(from, to == std::string::npos ? to : to - from));
    }
    REQUIRE(cells.size() == 8);
    const std::string key =
        cells[0] + " " + cells[1] + " " + cells[2] + " " + cells[3] + " " + cells[4] + " " + cells[5];
    CHECK(values.emplace(key, cells[6]).second);
  }
  CHECK(std::stod(values.at("2 attention  G_mean_diagonal  ")) ==
        mean_diagonal(flow.blocks[1].forward.value));
  CHECK(std::stod(values.at("3 mlp  Theta 2 4")) == flow.blocks[2].tangent.value(1, 3));
  CHECK(std::stod(values.at("3 mlp  B 4 4")) == flow.blocks[2].backward.value(3, 3));
  CHECK(std::stod(values.at("4 attention block4.K tangent  ")) == flow.group("block4.K").tangent.value);
  CHECK(values.at("6 head head parameters  ") == "24000");
  CHECK(std::stod(values.at(" output  Theta 1 2")) == flow.output_tangent.value(0, 1));
}

TEST_CASE("the table shows blocks, kinds of parameters and errors") {
  const Flow<double> flow = flow_of(tiny_model, tiny_input);
  const std::string text =
      flow_table(flow, {.model = "tiny: width 24", .input = "x.json", .tolerance = 1e-3, .kernels = true});
  CHECK_THAT(
      text, ContainsSubstring("tiny: width 24\nx.json: 2 samples of 2 tokens\nexact, nothing was sampled\n"));
  CHECK_THAT(text, ContainsSubstring("\n    1  stem "));
  CHECK_THAT(text, ContainsSubstring("\n    6  head "));
  CHECK_THAT(text, ContainsSubstring("\nhead_bias        1 "));
  CHECK_THAT(text, ContainsSubstring("G 0, Θ 0; tolerance 0.001.\n"));
  CHECK_THAT(text, ContainsSubstring("\nΘ of block 4 (attention)\n"));
}

TEST_CASE("a flow that stopped short says so") {
  const auto table = test::reference_table("vision_four_tokens_mean_sampled.json");
  const Flow<double> flow =
      flow_of(table["model"].dump(), table["input"].dump(), {.tolerance = 1e-9, .seed = 1, .max_draws = 64});
  CHECK_FALSE(flow.converged);
  CHECK_THAT(flow_table(flow, {.tolerance = 1e-9}), ContainsSubstring("tolerance 1e-09, NOT reached.\n") &&
                                                        ContainsSubstring("6 replicates of 8 draws"));
  CHECK(Json::parse(flow_json(flow, {}))["converged"] == false);
}

TEST_CASE("the same seed gives the same bytes whatever the number of threads") {
  const auto table = test::reference_table("language_tied_causal_sampled.json");
  const auto bytes = [&](std::uint64_t seed, int threads) {
    const Flow<double> flow = flow_of(table["model"].dump(), table["input"].dump(),
                                      {.tolerance = 0.02, .seed = seed, .threads = threads});
    return flow_json(flow, {.seed = seed, .kernels = true});
  };
  CHECK(bytes(1, 1) == bytes(1, 3));
  CHECK(bytes(1, 1) != bytes(2, 1));
}

TEST_CASE("coefficients that overflow together are an error, not a null") {
  CHECK_THROWS_WITH(flow_of(replaced(tiny_model, "\"C_X\": 1.6", "\"C_X\": 1e308"), tiny_input),
                    ContainsSubstring("not finite"));
}

TEST_CASE("progress is told in steps that come to their total") {
  Index last = 0, all = 0;
  const auto table = test::reference_table("language_tied_causal_sampled.json");
  const Model model = parse_model(table["model"].dump(), "model.json");
  const Input input = parse_input(table["input"].dump(), "input.json", TokenShape{3, 20});
  run_flow(model, input, {.tolerance = 0.02}, [&](Index done, Index total, Index) {
    last = done;
    all = total;
  });
  CHECK(last == all);
  CHECK(all > 0);
}
