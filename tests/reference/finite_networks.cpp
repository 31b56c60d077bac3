// SPDX-License-Identifier: MIT
// Our random networks against those that jax drew and differentiated, at the same width and number of heads.
#include "input/json_input.hpp"
#include "model_file.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "widthwise/finite/measure.hpp"

using namespace widthwise;
using namespace widthwise::test;

TEST_CASE("networks of finite width behave as those of another program", "[reference]") {
  const nlohmann::json cases = reference_table("network_finite_width.json")["cases"];
  const auto index = GENERATE_COPY(range(std::size_t(0), cases.size()));
  const nlohmann::json& c = cases[index];
  CAPTURE(c["name"].get<std::string>());
  Model model = program::parse_model(c["model"].dump(), "model");
  const program::InputShape shape =
      std::holds_alternative<PatchStem>(model.stem)
          ? program::InputShape(program::PatchShape{std::get<PatchStem>(model.stem).tokens,
                                                    std::get<PatchStem>(model.stem).inputs})
          : program::InputShape(program::TokenShape{std::get<TokenStem>(model.stem).tokens,
                                                    std::get<TokenStem>(model.stem).vocabulary});
  const auto input = program::parse_input(c["input"].dump(), "input", shape);
  for (const nlohmann::json& point : c["measured"]) {
    model.sizes = {point["width"].get<Index>(), point["heads"].get<Index>()};
    if (model.sizes.width > 128) continue;
    CAPTURE(model.sizes.width, model.sizes.heads);
    const auto measured = measure(model, input, {.networks = 300, .seed = 6});
    const auto check = [](const Estimate<double>& found, double expected, double error) {
      CHECK(std::abs(found.value - expected) <=
            4 * std::hypot(found.standard_error, error) + 1e-6 * std::abs(expected));
    };
    const nlohmann::json &expected = point["expected"], &error = point["standard_error"];
    for (const std::string kernel : {"G", "Theta"}) {
      CAPTURE(kernel);
      const auto& found = kernel == "G" ? measured.output_forward : measured.output_tangent;
      const Matrix<double> value = matrix(expected["output"][kernel]),
                           scatter = matrix(error["output"][kernel]);
      for (Index i = 0; i < value.size(); ++i)
        check({found.value(i), found.standard_error(i)}, value(i), scatter(i));
    }
    for (std::size_t g = 0; g < expected["groups"].size(); ++g) {
      const std::string name = expected["groups"][g]["name"];
      CAPTURE(name);
      check(measured.group(name).tangent, expected["groups"][g]["tangent"], error["groups"][g]["tangent"]);
    }
  }
}
