// SPDX-License-Identifier: MIT
// Strategies in the form of their source, each against the source's table of powers of the width.
#include <algorithm>
#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using Form = ww::Everett::Form;
using Alignment = ww::Everett::Alignment;

namespace {

// Powers of the width of multiplier, deviation and learning rate.
struct Powers {
  double multiplier, deviation, rate;
};

template <class S, class O>
Powers powers(const S& strategy, const O& optimizer, const std::string& name) {
  const auto at = [&](std::int64_t width) {
    ww::ModelGroups model = ww::test::vision({.width = width, .patch = 48, .outputs = 10});
    model.groups.push_back(ww::test::word_embedding({.width = width, .patch = 48, .outputs = 10}));
    return ww::test::line(ww::plan(model, strategy, optimizer), name);
  };
  const ww::Hyperparameters a = at(512), b = at(1024);
  return {std::log2(b.multiplier / a.multiplier), std::log2(b.init_std / a.init_std),
          std::log2(b.learning_rate_factor / a.learning_rate_factor)};
}

// One row of a table: embeddings, hidden matrices, head.
struct PowersOfGroups {
  Powers embedding, hidden, head;
};

template <class S, class O>
void check_table(const S& strategy, const O& optimizer, const PowersOfGroups& row) {
  CAPTURE(strategy.name(), optimizer.name());
  const auto check = [&](const std::string& name, const Powers& expected) {
    CAPTURE(name);
    const Powers found = powers(strategy, optimizer, name);
    CHECK(found.multiplier == Approx(expected.multiplier).margin(1e-12));
    CHECK(found.deviation == Approx(expected.deviation).margin(1e-12));
    CHECK(found.rate == Approx(expected.rate).margin(1e-12));
  };
  for (const char* name : {"PE", "WE", "patch"}) check(name, row.embedding);
  for (const char* name : {"Q", "K", "V", "U", "W", "X"}) check(name, row.hidden);
  check("head", row.head);
}

}  // namespace

// Tensor Programs V (2203.03466), Table 3, is s = 1; Table 8 is the form of its package.
TEST_CASE("muP has the powers of Tensor Programs V and of its package") {
  check_table(ww::MaximalUpdate{}, ww::Sgd{}, {{0, 0, 1}, {0, -0.5, 0}, {0, -1, -1}});
  check_table(ww::MaximalUpdate{}, ww::Adam{}, {{0, 0, 0}, {0, -0.5, -1}, {0, -1, -1}});
  check_table(ww::Mup{}, ww::Sgd{}, {{0, 0, 1}, {0, -0.5, 0}, {-1, 0, 1}});
  check_table(ww::Mup{}, ww::Adam{}, {{0, 0, 0}, {0, -0.5, -1}, {-1, 0, 0}});
}

// 2407.05872, Table 1, mean-field parameterization.
TEST_CASE("mean-field scaling has order-one entries everywhere") {
  check_table(ww::MeanField{}, ww::Adam{}, {{0, 0, 0}, {-0.5, 0, -0.5}, {-1, 0, 0}});
  check_table(ww::MeanField{}, ww::Sgd{}, {{0, 0, 1}, {-0.5, 0, 1}, {-1, 0, 1}});
}

// 2407.05872, Table 1: multiplier, deviation and Adam's rate of the four parameterizations.
TEST_CASE("Everett et al.'s parameterizations have the powers of their table") {
  const auto check = [](Form form, const PowersOfGroups& full, const PowersOfGroups& none) {
    check_table(ww::Everett(form), ww::Adam{}, full);
    check_table(ww::Everett(form), ww::Lion{}, full);
    check_table(ww::Everett(form, Alignment::none), ww::AdamW{}, none);
  };
  check(Form::standard, {{0, 0, 0}, {0, -0.5, -1}, {0, -0.5, -1}},
        {{0, 0, 0}, {0, -0.5, -0.5}, {0, -0.5, -0.5}});
  check(Form::ntk, {{0, 0, 0}, {-0.5, 0, -0.5}, {-0.5, 0, -0.5}}, {{0, 0, 0}, {-0.5, 0, 0}, {-0.5, 0, 0}});
  check(Form::mup, {{0.5, -0.5, -0.5}, {0, -0.5, -1}, {-0.5, -0.5, -0.5}},
        {{0.5, -0.5, -0.5}, {0, -0.5, -0.5}, {-0.5, -0.5, 0}});
  check(Form::mean_field, {{0, 0, 0}, {-0.5, 0, -0.5}, {-1, 0, 0}}, {{0, 0, 0}, {-0.5, 0, 0}, {-1, 0, 0.5}});
  // Adafactor's rates are the same in both gauges of a pair.
  check_table(ww::Everett(Form::standard), ww::Adafactor{}, {{0, 0, 0}, {0, -0.5, -0.5}, {0, -0.5, -0.5}});
  check_table(ww::Everett(Form::ntk), ww::Adafactor{}, {{0, 0, 0}, {-0.5, 0, -0.5}, {-0.5, 0, -0.5}});
}

// 2310.17813: deviations √(1/in) min(1, √(out/in)), rates out/in under SGD and 1/in under Adam.
TEST_CASE("the spectral condition's deviations and rates follow from shapes") {
  check_table(ww::Spectral{}, ww::Sgd{}, {{0, 0, 1}, {0, -0.5, 0}, {0, -1, -1}});
  check_table(ww::Spectral{}, ww::Adam{}, {{0, 0, 0}, {0, -0.5, -1}, {0, -1, -1}});
  const ww::ModelGroups model = ww::test::vision({.width = 256, .multiplier = 4, .patch = 48, .outputs = 10});
  const ww::Plan sgd = ww::plan(model, ww::Spectral{}, ww::Sgd{}),
                 adam = ww::plan(model, ww::Spectral{}, ww::Adam{}),
                 muon = ww::plan(model, ww::Spectral{}, ww::Muon{ww::Muon::Factor::spectral});
  const auto check = [&](const std::string& name, double in, double out, double c) {
    CAPTURE(name);
    CHECK(ww::test::line(sgd, name).init_std ==
          Approx(std::sqrt(c / in) * std::min(1.0, std::sqrt(out / in))));
    CHECK(ww::test::line(sgd, name).learning_rate_factor == Approx(out / in));
    CHECK(ww::test::line(adam, name).learning_rate_factor == Approx(1 / in));
  };
  check("patch", 48, 256, 1);
  check("Q", 256, 256, 0.5);
  check("W", 256, 1024, 0.4);
  check("X", 1024, 256, 1.6);
  check("head", 256, 10, 1);
  for (const char* name : {"Q", "W", "X"})
    CHECK(ww::test::line(muon, name).learning_rate_factor == Approx(1));
}

TEST_CASE("forms of one rule are changes of gauge of each other") {
  const ww::ModelGroups model = ww::test::vision({.width = 256});
  const ww::GlobalSettings found{.learning_rate = 0.1, .weight_decay = 0.01, .epsilon = 1e-8};
  const auto check = [&](const auto& one, const auto& other, const auto& optimizer) {
    CAPTURE(one.name(), other.name(), optimizer.name());
    const auto plain = [&](const auto& strategy) {
      const ww::Plan plan = ww::plan(model, strategy, optimizer);
      ww::TunedModel tuned = ww::apply(plan, found);
      // The scale of the gradient is the plan's: ε is given in its unit.
      for (std::size_t i = 0; i < plan.groups.size(); ++i)
        tuned.groups[i].settings.epsilon *= plan.groups[i].gradient_scale;
      return ww::regauge(tuned, optimizer, ww::Gauge::no_multipliers);
    };
    const ww::TunedModel a = plain(one), b = plain(other);
    for (std::size_t i = 0; i < a.groups.size(); ++i) {
      CAPTURE(a.groups[i].name);
      CHECK(a.groups[i].settings.init_std == Approx(b.groups[i].settings.init_std));
      CHECK(a.groups[i].settings.learning_rate == Approx(b.groups[i].settings.learning_rate));
      CHECK(a.groups[i].settings.weight_decay == Approx(b.groups[i].settings.weight_decay));
      CHECK(a.groups[i].settings.epsilon == Approx(b.groups[i].settings.epsilon));
    }
  };
  check(ww::MaximalUpdate{}, ww::Mup{}, ww::Sgd{});
  check(ww::MaximalUpdate{}, ww::Mup{}, ww::AdamW{});
  check(ww::MaximalUpdate{}, ww::MeanField{}, ww::Adam{});
  check(ww::MaximalUpdate{}, ww::MeanField{}, ww::Adafactor{});
  check(ww::Everett(Form::standard), ww::Everett(Form::ntk), ww::AdamW{});
  check(ww::Everett(Form::mup), ww::Everett(Form::mean_field), ww::Adam{});
}
