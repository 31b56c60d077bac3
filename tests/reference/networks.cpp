// SPDX-License-Identifier: MIT
// Whole networks, read as the program reads them, against tables that work from the definitions:
// exact_cases.json to 1e-8 and better, sampled and finite-width ones within their standard errors. README.md
// says where they come from.
#include "input/json_input.hpp"
#include "model_file.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/kernels.hpp"
#include "widthwise/network/propagate.hpp"

using namespace widthwise;
using namespace widthwise::test;

namespace {

program::InputShape shape_of(const Model& model) {
  if (const auto* patch = std::get_if<PatchStem>(&model.stem))
    return program::PatchShape{patch->tokens, patch->inputs};
  const auto& token = std::get<TokenStem>(model.stem);
  return program::TokenShape{token.tokens, token.vocabulary};
}

Flow<double> flow_of(const nlohmann::json& c, double tolerance, std::uint64_t seed = 3) {
  const Model model = program::parse_model(c["model"].dump(), "model");
  const auto input = program::parse_input(c["input"].dump(), "input", shape_of(model));
  FlowOptions<> options;
  options.tolerance = tolerance;
  options.seed = seed;
  return propagate(model, input, options);
}

double relative(double found, double expected) {
  return std::abs(found - expected) / std::max(1e-8, std::abs(expected));
}

// Number of joint standard errors between the two, with room for rounding.
double deviations(double found, double error, double expected, double expected_error) {
  return std::abs(found - expected) /
         (std::hypot(error, expected_error) + 1e-10 * std::abs(expected) + 1e-12);
}

double deviations(const Estimate<Matrix<double>>& found, const nlohmann::json& expected,
                  const nlohmann::json& error) {
  const Matrix<double> value = matrix(expected), its_error = matrix(error);
  double worst = 0;
  for (Index i = 0; i < value.rows(); ++i)
    for (Index j = 0; j < value.cols(); ++j)
      worst = std::max(
          worst, deviations(found.value(i, j), found.standard_error(i, j), value(i, j), its_error(i, j)));
  return worst;
}

// Exact in the table, sampled here: quadrature takes two tokens.
std::vector<nlohmann::json> three_token_cases() {
  std::vector<nlohmann::json> cases;
  const nlohmann::json table = reference_table("exact_cases.json");
  for (const nlohmann::json& c : table["cases"])
    if (c["name"].get<std::string>().find("three_tokens") != std::string::npos) cases.push_back(c);
  return cases;
}

// The mean of independent estimates, and what their own standard errors make of it.
class Pooled {
 public:
  void add(const Estimate<Matrix<double>>& one) {
    if (count_++ == 0) values_ = variances_ = Matrix<double>::Zero(one.value.rows(), one.value.cols());
    values_ += one.value;
    variances_ += one.standard_error.cwiseAbs2();
  }
  Estimate<Matrix<double>> mean() const { return {values_ / count_, variances_.cwiseSqrt() / count_}; }

 private:
  double count_ = 0;
  Matrix<double> values_, variances_;
};

}  // namespace

TEST_CASE("exact networks: every kernel, tangent and group to 1e-8", "[reference]") {
  nlohmann::json cases = reference_table("exact_cases.json")["cases"];
  cases.push_back(reference_table("vision_two_tokens_exact.json"));
  const auto index = GENERATE_COPY(range(std::size_t(0), cases.size()));
  const nlohmann::json& c = cases[index];
  const std::string name = c.value("name", "vision_two_tokens_exact");
  if (name.find("three_tokens") != std::string::npos) return;  // sampled here: see below
  CAPTURE(name);
  const auto flow = flow_of(c, 1e-3);
  const auto& expected = c["expected"];
  CHECK(flow.forward_error == 0);
  REQUIRE(flow.blocks.size() == expected["blocks"].size());
  for (std::size_t i = 0; i < flow.blocks.size(); ++i) {
    CAPTURE(i);
    CHECK(flow.blocks[i].kind == expected["blocks"][i]["kind"].get<std::string>());
    CHECK(distance(flow.blocks[i].forward.value, matrix(expected["blocks"][i]["G"])) < 1e-8);
    CHECK(distance(flow.blocks[i].tangent.value, matrix(expected["blocks"][i]["Theta"])) < 1e-8);
  }
  CHECK(distance(flow.output_forward.value, matrix(expected["output"]["G"])) < 1e-8);
  CHECK(distance(flow.output_tangent.value, matrix(expected["output"]["Theta"])) < 1e-8);
  REQUIRE(flow.groups.size() == expected["groups"].size());
  for (const nlohmann::json& group : expected["groups"]) {
    const std::string group_name = group["name"];
    CAPTURE(group_name);
    const auto& found = flow.group(group_name);
    CHECK(found.parameters == group["parameters"].get<double>());
    CHECK(relative(found.tangent.value, group["tangent"]) < 1e-8);
    CHECK(relative(found.squared_gradient.value, group["squared_gradient"]) < 1e-8);
    CHECK(relative(found.per_parameter.value, group["per_parameter"]) < 1e-8);
  }
}

TEST_CASE("sampled flows agree with exact ones within four standard errors", "[reference]") {
  const auto cases = three_token_cases();
  const auto index = GENERATE_COPY(range(std::size_t(0), cases.size()));
  const nlohmann::json& c = cases[index];
  const std::string name = c["name"];
  CAPTURE(name);
  const nlohmann::json& expected = c["expected"];

  // Errors from six replicates have long tails; those of sixteen flows together have not.
  std::vector<Pooled> forward(expected["blocks"].size()), tangent(forward.size()),
      groups(expected["groups"].size());
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    const auto flow = flow_of(c, 2e-3, seed);
    for (std::size_t i = 0; i < forward.size(); ++i) {
      forward[i].add(flow.blocks[i].forward);
      tangent[i].add(flow.blocks[i].tangent);
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto& group = flow.group(expected["groups"][i]["name"].get<std::string>());
      groups[i].add(
          {Eigen::RowVector2d(group.tangent.value, group.squared_gradient.value),
           Eigen::RowVector2d(group.tangent.standard_error, group.squared_gradient.standard_error)});
    }
  }

  const auto exactly = [](const Estimate<Matrix<double>>& found, const nlohmann::json& value) {
    return deviations(found, value, nlohmann::json(value.size(), std::vector<double>(value[0].size(), 0.0)));
  };
  for (std::size_t i = 0; i < forward.size(); ++i) {
    CAPTURE(i);
    CHECK(exactly(forward[i].mean(), expected["blocks"][i]["G"]) < 4);
    CHECK(exactly(tangent[i].mean(), expected["blocks"][i]["Theta"]) < 4);
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const nlohmann::json& group = expected["groups"][i];
    const std::string group_name = group["name"];
    CAPTURE(group_name);
    const auto both = nlohmann::json::array({group["tangent"], group["squared_gradient"]});
    CHECK(exactly(groups[i].mean(), nlohmann::json::array({both})) < 4);
  }
}

TEST_CASE("groups of sampled flows are off by as many standard errors as they say", "[reference]") {
  int parts = 0, beyond_two = 0, beyond_four = 0;
  for (const nlohmann::json& c : three_token_cases())
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const auto flow = flow_of(c, 2e-3, seed);
      for (const nlohmann::json& group : c["expected"]["groups"]) {
        const auto& found = flow.group(group["name"].get<std::string>());
        if (!(found.tangent.standard_error > 1e-8)) continue;  // nothing of it is sampled
        const double off = deviations(found.tangent.value, found.tangent.standard_error, group["tangent"], 0);
        ++parts;
        beyond_two += off > 2;
        beyond_four += off > 4;
      }
    }
  CAPTURE(parts, beyond_two, beyond_four);
  REQUIRE(parts == 100 * (15 + 14 + 9));
  CHECK(beyond_two > 0.02 * parts);
  CHECK(beyond_two < 0.08 * parts);
  CHECK(beyond_four < 0.01 * parts);
}

TEST_CASE("flows agree with real random networks, extrapolated to infinite width", "[reference]") {
  const nlohmann::json cases = reference_table("network_finite_width.json")["cases"];
  const auto index = GENERATE_COPY(range(std::size_t(0), cases.size()));
  const nlohmann::json& c = cases[index];
  const std::string name = c["name"];
  CAPTURE(name);
  const auto flow = flow_of(c, 1e-3);
  const nlohmann::json &expected = c["expected"], &error = c["standard_error"];
  for (std::size_t i = 0; i < expected["blocks"].size(); ++i) {
    CAPTURE(i);
    CHECK(deviations(flow.blocks[i].forward, expected["blocks"][i]["G"], error["blocks"][i]["G"]) < 4);
  }
  CHECK(deviations(flow.output_forward, expected["output"]["G"], error["output"]["G"]) < 4);
  CHECK(deviations(flow.output_tangent, expected["output"]["Theta"], error["output"]["Theta"]) < 4);
  for (std::size_t i = 0; i < expected["groups"].size(); ++i) {
    const nlohmann::json& group = expected["groups"][i];
    const std::string group_name = group["name"];
    CAPTURE(group_name);
    const auto& found = flow.group(group_name);
    CHECK(deviations(found.tangent.value, found.tangent.standard_error, group["tangent"],
                     error["groups"][i]["tangent"]) < 4);
  }
}
