// SPDX-License-Identifier: MIT
#include "plan/report.hpp"

#include <cmath>
#include <map>
#include <sstream>

#include "json_text.hpp"
#include "support/catch.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/network/presets.hpp"
#include "widthwise/scaling/multiplier_form.hpp"
#include "widthwise/scaling/muon.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

std::string report(const Model& model, const std::string& format) {
  return plan_report(plan(model, NeuralTangent{}, AdamW{}), model, "vit-b16", format);
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("a plan's JSON has the fields of its contract, in order") {
  const Json json = Json::parse(report(preset("vit-b16"), "json"));
  CHECK(keys(json) == std::vector<std::string>{"parameters", "strategy", "s", "optimizer",
                                               "output_multiplier", "output_multiplier_formula", "groups"});
  CHECK(json["parameters"] == 86444008);
  CHECK(json["strategy"] == "neural-tangent");
  CHECK(json["s"] == 0);
  CHECK(json["optimizer"] == "adamw");
  CHECK(json["output_multiplier"] == 1);
  CHECK(keys(json["groups"][0]) == std::vector<std::string>{"name", "symbol", "shape", "copies", "parameters",
                                                            "init_std", "init_formula", "lr_factor",
                                                            "lr_formula", "weight_decay_factor", "blocks"});
}

TEST_CASE("the plan of ViT-B/16 has the paper's numbers") {
  struct Line {
    std::string symbol;
    std::vector<int> shape;
    int copies, parameters;
    double variance, rate;
  };
  const double n = 768, outputs = 1000;
  const int square = 768 * 768;
  const std::map<std::string, Line> expected{
      {"patch", {"W_patch", {768, 768}, 1, square, 1 / n, 1 / (n * std::sqrt(n))}},
      {"PE", {"b_PE", {196, 768}, 1, 196 * 768, 4e-4, 1 / std::sqrt(n)}},
      {"Q", {"Q", {768, 768}, 12, 12 * square, 0.5 / n, 1 / (n * std::sqrt(n))}},
      {"K", {"K", {768, 768}, 12, 12 * square, 0.5 / n, 1 / (n * std::sqrt(n))}},
      {"V", {"V", {768, 768}, 12, 12 * square, 0.5 / n, 1 / (n * std::sqrt(n))}},
      {"U", {"U", {768, 768}, 12, 12 * square, 1 / (3 * n), 1 / (n * std::sqrt(n))}},
      {"W", {"W", {3072, 768}, 12, 48 * square, 0.4 / n, 1 / (n * std::sqrt(4 * n))}},
      {"X", {"X", {768, 3072}, 12, 48 * square, 1.6 / (4 * n), 1 / (4 * n * std::sqrt(n))}},
      {"head", {"W_head", {1000, 768}, 1, 768000, 1 / n, 1 / (n * std::sqrt(outputs))}},
      {"head_bias", {"b_head", {1000}, 1, 1000, 0, 1 / std::sqrt(outputs)}}};
  const Json groups = Json::parse(report(preset("vit-b16"), "json"))["groups"];
  REQUIRE(groups.size() == expected.size());
  for (const Json& group : groups) {
    const std::string name = group["name"];
    CAPTURE(name);
    const Line& line = expected.at(name);
    CHECK(group["symbol"] == line.symbol);
    CHECK(group["shape"] == line.shape);
    CHECK(group["copies"] == line.copies);
    CHECK(group["parameters"] == line.parameters);
    CHECK(group["init_std"].get<double>() == Approx(std::sqrt(line.variance)).epsilon(1e-14));
    CHECK(group["lr_factor"].get<double>() == Approx(line.rate).epsilon(1e-14));
    CHECK(group["weight_decay_factor"].get<double>() == Approx(1 / line.rate).epsilon(1e-14));
    CHECK(group["blocks"].size() == (line.copies == 12 ? 12 : 0));
  }
  CHECK(groups[0]["init_formula"] == "sqrt(C_patch/n_patch)");
  CHECK(groups[0]["lr_formula"] == "1/(n_patch sqrt(n))");
}

TEST_CASE("JSON holds the plan's doubles and says where s is not defined") {
  const Model model = preset("gpt2");
  const Plan hybrid = plan(model, Hybrid{}, Sgd{}), uniform = plan(model, Uniform{}, Sgd{});
  const Json json = Json::parse(plan_report(hybrid, model, "gpt2", "json"));
  CHECK(json["s"] == 0.5);
  CHECK(json["output_multiplier"].get<double>() == hybrid.output_multiplier);
  for (std::size_t i = 0; i < hybrid.groups.size(); ++i) {
    CHECK(json["groups"][i]["init_std"].get<double>() == hybrid.groups[i].init_std);
    CHECK(json["groups"][i]["lr_factor"].get<double>() == hybrid.groups[i].learning_rate_factor);
    CHECK(json["groups"][i]["weight_decay_factor"].get<double>() == hybrid.groups[i].weight_decay_factor);
  }
  const Json without = Json::parse(plan_report(uniform, model, "gpt2", "json"));
  CHECK(without["s"].is_null());
  CHECK(without["strategy"] == "uniform");
}

TEST_CASE("CSV has a line for every group with the same doubles") {
  const Model model = preset("vit-b16");
  const Plan expected = plan(model, NeuralTangent{}, AdamW{});
  std::istringstream lines(report(model, "csv"));
  std::string line;
  std::getline(lines, line);
  CHECK(line ==
        "name,symbol,shape,copies,parameters,init_std,init_formula,lr_factor,lr_formula,weight_decay_factor,"
        "blocks");
  for (const auto& group : expected) {
    REQUIRE(std::getline(lines, line));
    std::vector<std::string> cells;
    std::istringstream cell_stream(line);
    for (std::string cell; std::getline(cell_stream, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() >= 10);
    CHECK(cells[0] == group.name);
    CHECK(std::stod(cells[5]) == group.init_std);
    CHECK(std::stod(cells[7]) == group.learning_rate_factor);
    CHECK(std::stod(cells[9]) == group.weight_decay_factor);
  }
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("the table says what was planned and for what") {
  const std::string text = report(preset("vit-b16"), "table");
  CHECK_THAT(text, ContainsSubstring("vit-b16: width 768, 12 heads, 24 blocks, 196 tokens\n"));
  CHECK_THAT(text, ContainsSubstring("86,444,008\n"));
  CHECK_THAT(text, ContainsSubstring("neural-tangent, s = 0\n"));
  CHECK_THAT(text, ContainsSubstring("n = 768, n_patch = 768, M = 4, n_out = 1000\n"));
  CHECK_THAT(text, ContainsSubstring("C_PE = 0.0004, C_Q = 0.5"));
  CHECK_THAT(text,
             ContainsSubstring("patch      768×768        1     589,824   0.03608  sqrt(C_patch/n_patch)"));
  CHECK_THAT(text, !ContainsSubstring("blocks\n"));
}

TEST_CASE("Markdown keeps underscores of formulas from being read") {
  const std::string text = report(preset("vit-b16"), "markdown");
  CHECK_THAT(text, ContainsSubstring("- parameters: `86,444,008`\n"));
  CHECK_THAT(text, ContainsSubstring("| `sqrt(C_patch/n_patch)` |"));
}

TEST_CASE("groups whose coefficients differ are told apart by their blocks") {
  Model model = preset("vit-b16");
  std::get<Residual<SelfAttention>>(model.blocks.sequence[2]).branch.coefficients.query = 0.25;
  const std::string text = report(model, "table");
  CHECK_THAT(text, ContainsSubstring("wd factor  blocks\n"));
  CHECK_THAT(text, ContainsSubstring("2.128e+04  4\n"));
  CHECK_THAT(text, ContainsSubstring("2.128e+04  2 6 8 10 12 14 16 18 20 22 24\n"));
  CHECK_THAT(text, ContainsSubstring(
                       "C_Q = 0.5, C_K = 0.5, C_V = 0.5, C_U = 0.3333, C_W = 0.4, C_X = 1.6, C_Q = 0.25"));
}

TEST_CASE("multipliers and second optimizers are reported where there are some") {
  const Model model = preset("vit-b16");
  const Json mup = Json::parse(plan_report(plan(model, Mup{}, AdamW{}), model, "vit-b16", "json"));
  CHECK(mup["groups"][0]["multiplier"] == 1);
  CHECK(mup["groups"][8]["multiplier_formula"] == "1/n");
  CHECK_FALSE(mup["groups"][8].contains("optimizer"));
  const Json muon = Json::parse(plan_report(plan(model, Hybrid{}, Muon{}), model, "vit-b16", "json"));
  CHECK(muon["groups"][0]["optimizer"] == "adamw");
  CHECK(muon["groups"][2]["optimizer"] == "muon");
  CHECK_FALSE(muon["groups"][2].contains("multiplier"));
  const std::string csv = plan_report(plan(model, Mup{}, Muon{}), model, "vit-b16", "csv");
  CHECK_THAT(csv, ContainsSubstring(",blocks,multiplier,multiplier_formula,optimizer\n"));
  CHECK_THAT(plan_report(plan(model, Mup{}, AdamW{}), model, "vit-b16", "table"),
             ContainsSubstring("wd factor  multiplier\n"));
}
