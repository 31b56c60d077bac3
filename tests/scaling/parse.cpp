// SPDX-License-Identifier: MIT
#include "widthwise/scaling/parse.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;

TEST_CASE("strategies and optimizers are read from words") {
  CHECK(std::holds_alternative<ww::Uniform>(ww::parse_strategy("uniform")));
  const auto s = [](const std::string& text) {
    return std::get<ww::ScaleFamily>(ww::parse_strategy(text)).s();
  };
  CHECK(s("neural-tangent") == 0);
  CHECK(s("hybrid") == 0.5);
  CHECK(s("maximal-update") == 1);
  CHECK(s("0") == 0);
  CHECK(s("0.3") == 0.3);
  CHECK(s("1") == 1);
  CHECK(s("3e-1") == 0.3);
  for (const char* name :
       {"mup", "mean-field", "spectral", "everett-standard", "everett-ntk", "everett-mup",
        "everett-mean-field", "everett-standard-no-alignment", "everett-mean-field-no-alignment"})
    CHECK(ww::plan(ww::test::vision(), ww::parse_strategy(name), ww::AdamW{}).strategy == name);
  CHECK(std::holds_alternative<ww::Sgd>(ww::parse_optimizer("sgd")));
  CHECK(std::holds_alternative<ww::AdamW>(ww::parse_optimizer("adamw")));
  CHECK(std::holds_alternative<ww::Adam>(ww::parse_optimizer("adam")));
  CHECK(std::holds_alternative<ww::Lion>(ww::parse_optimizer("lion")));
  CHECK(std::holds_alternative<ww::Adafactor>(ww::parse_optimizer("adafactor")));
  for (const char* name : {"muon", "muon-jordan", "muon-moonshot", "muon-spectral"})
    CHECK(std::get<ww::Muon>(ww::parse_optimizer(name)).name() == name);
}

TEST_CASE("other words are refused with the accepted ones") {
  for (const char* bad :
       {"", " ", "ntk", "Uniform", "uniform ", "1.5", "-0.1", "nan", "inf", "0.3x", " 0.3", "0,3"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH(
        ww::parse_strategy(bad),
        "a strategy is uniform, neural-tangent, hybrid, maximal-update, mup, mean-field, spectral, "
        "everett-standard, everett-ntk, everett-mup, everett-mean-field, one of the last four followed by "
        "-no-alignment, or a number in [0, 1], but not \"" +
            std::string(bad) + "\"");
  }
  CHECK_THROWS_WITH(ww::parse_optimizer("Adam"),
                    "an optimizer is one of sgd, adam, adamw, lion, adafactor, muon, muon-jordan, "
                    "muon-moonshot, muon-spectral, but not \"Adam\"");
}

TEST_CASE("a strategy that says nothing about an optimizer is refused with it") {
  CHECK_THROWS_WITH(
      ww::plan(ww::test::vision(), ww::parse_strategy("everett-ntk"), ww::parse_optimizer("sgd")),
      "everett-ntk does not say how learning rates scale under sgd");
}

TEST_CASE("a choice at run time gives the plan of the types") {
  const ww::ModelGroups model = ww::test::vision();
  const ww::Plan chosen = ww::plan(model, ww::parse_strategy("hybrid"), ww::parse_optimizer("sgd"));
  const ww::Plan typed = ww::plan(model, ww::Hybrid{}, ww::Sgd{});
  CHECK(chosen.strategy == "hybrid");
  CHECK(chosen.optimizer == "sgd");
  CHECK(chosen.s == 0.5);
  REQUIRE(chosen.groups.size() == typed.groups.size());
  for (std::size_t i = 0; i < typed.groups.size(); ++i) {
    CHECK(chosen.groups[i].init_std == typed.groups[i].init_std);
    CHECK(chosen.groups[i].learning_rate_factor == typed.groups[i].learning_rate_factor);
  }
  // One of the two may be known when the program is compiled.
  CHECK(ww::plan(model, ww::parse_strategy("uniform"), ww::AdamW{}).strategy == "uniform");
}
