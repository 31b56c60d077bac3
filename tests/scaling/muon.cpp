// SPDX-License-Identifier: MIT
#include "widthwise/scaling/muon.hpp"

#include <cmath>
#include <string>

#include "support/catch.hpp"
#include "support/theory_groups.hpp"

namespace ww = widthwise;
using Factor = ww::Muon::Factor;

static_assert(ww::GaugedOptimizer<ww::Muon>);

namespace {

ww::Hyperparameters line(std::int64_t width, double s, Factor factor, const std::string& name) {
  const ww::ModelGroups model = ww::test::vision({.width = width, .multiplier = 4});
  return ww::test::line(ww::plan(model, ww::ScaleFamily{s}, ww::Muon{factor}), name);
}

double rate(std::int64_t width, double s, Factor factor, const std::string& name) {
  return line(width, s, factor, name).learning_rate_factor;
}

}  // namespace

// arXiv 2310.17813: updates of spectral norm √(out/in) are those of μP. So the factor √(out/in) needs a rate
// that does not change with the width, √max(1, out/in) neither, and √max(in, out) one of n^{−1/2}.
TEST_CASE("under maximal-update scaling Muon's rates follow from its factor") {
  for (const std::string name : {"Q", "K", "V", "U", "W", "X"}) {
    CAPTURE(name);
    for (const Factor factor : {Factor::none, Factor::jordan, Factor::spectral})
      CHECK(rate(1024, 1, factor, name) == Approx(rate(256, 1, factor, name)));
    CHECK(rate(1024, 1, Factor::moonshot, name) == Approx(rate(256, 1, Factor::moonshot, name) / 2));
    // The same steps, whatever the factor.
    const bool up = name == "W", down = name == "X";
    const double step = rate(256, 1, Factor::none, name);
    CHECK(rate(256, 1, Factor::jordan, name) * (up ? 2 : 1) == Approx(step));
    CHECK(rate(256, 1, Factor::moonshot, name) * 16 * (up || down ? 2 : 1) == Approx(step));
    CHECK(rate(256, 1, Factor::spectral, name) * (up ? 2 : down ? 0.5 : 1) == Approx(step));
  }
  CHECK(rate(256, 1, Factor::spectral, "Q") == Approx(1));
}

TEST_CASE("under neural-tangent scaling Muon's rates fall as the root of the width") {
  CHECK(line(256, 0, Factor::none, "Q").learning_rate_formula == "1/sqrt(n)");
  CHECK(line(256, 0, Factor::moonshot, "Q").learning_rate_formula == "1/n");
}

TEST_CASE("Muon leaves embeddings, head and vectors to AdamW") {
  const ww::ModelGroups model = ww::test::vision();
  const ww::Plan muon = ww::plan(model, ww::Hybrid{}, ww::Muon{Factor::jordan}),
                 adamw = ww::plan(model, ww::Hybrid{}, ww::AdamW{});
  CHECK(muon.optimizer == "muon-jordan");
  for (std::size_t i = 0; i < muon.groups.size(); ++i) {
    CAPTURE(muon.groups[i].name);
    const bool hidden = muon.groups[i].name.size() == 1;
    CHECK(muon.groups[i].optimizer == (hidden ? "muon-jordan" : "adamw"));
    CHECK((muon.groups[i].learning_rate_factor == adamw.groups[i].learning_rate_factor) == !hidden);
    CHECK(adamw.groups[i].optimizer == "adamw");
  }
}
