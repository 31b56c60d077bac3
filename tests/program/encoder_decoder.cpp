// SPDX-License-Identifier: MIT
// Encoder–decoders in the program, run as users run it.
#include <cmath>
#include <map>

#include "json_text.hpp"
#include "support/catch.hpp"
#include "support/model_texts.hpp"
#include "support/run_program.hpp"

using namespace widthwise::test;
using widthwise::program::Json;

namespace {

const std::string pairs = R"({"source": [[5, 2, 5, 7], [2, 3]], "target": [[1, 5], [1, 4, 5]]})";

Json json_of(const std::vector<std::string>& arguments) {
  const Run run = run_program(arguments);
  CHECK(run.status == 0);
  CHECK(run.error.empty());
  return Json::parse(run.out);
}

Json plan_of(const std::string& preset, const std::string& strategy) {
  return json_of(
      {"plan", "--preset", preset, "--strategy", strategy, "--ignore-mlp-multiplier", "--format", "json"});
}

std::map<std::string, Json> by_name(const Json& list) {
  std::map<std::string, Json> groups;
  for (const auto& group : list) groups[group["name"]] = group;
  return groups;
}

}  // namespace

// theory §7: every figure of the table of language models.
TEST_CASE("plans of BART-large and R2C2 have the paper's figures") {
  const Json bart = plan_of("bart-large", "uniform"), r2c2 = plan_of("r2c2", "uniform");
  CHECK(bart["parameters"] == 404845568);
  CHECK(r2c2["parameters"] == 2688739328);
  for (const Json* standard : {&bart, &r2c2}) {
    CHECK((*standard)["output_multiplier"] == 1);
    for (const auto& group : (*standard)["groups"]) {
      CHECK(group["init_std"].get<double>() == Approx(0.02).epsilon(1e-14));
      CHECK(group["lr_factor"] == 1);
    }
  }
  const auto model = [](const std::string& preset) {
    return json_of({"presets", "--show", preset});
  };
  const Json large = model("r2c2"), small = model("bart-large");
  for (const auto& [shown, layers, heads, width, square] :
       {std::tuple(small, 12, 16, 1024, 0.4096), std::tuple(large, 22, 32, 2048, 0.8192)}) {
    CHECK(shown["width"] == width);
    CHECK(shown["heads"] == heads);
    CHECK(shown["norm"]["epsilon"] == 1e-5);
    CHECK(shown["decoder"]["stem"]["vocabulary"] == 50265);
    CHECK(shown["decoder"]["stem"]["C_PE"].get<double>() == Approx(0.0004));
    CHECK(shown["encoder"]["stem"]["tokens"] == 514);
    CHECK(shown["encoder"]["repeat"] == layers);
    CHECK(shown["decoder"]["repeat"] == layers);
    for (const char* coefficient : {"C_Q", "C_K", "C_V", "C_U"})
      CHECK(shown["decoder"]["blocks"][1][coefficient].get<double>() == Approx(square));
    CHECK(shown["decoder"]["blocks"][2]["C_W"].get<double>() == Approx(square));
    CHECK(shown["decoder"]["blocks"][2]["C_X"].get<double>() == Approx(4 * square));
  }
  CHECK(large["decoder"]["blocks"][2]["C_X"].get<double>() == Approx(3.2768));
  CHECK(small["encoder"]["stem"]["C_WE"].get<double>() == Approx(0.0004));

  const Json nt = plan_of("bart-large-nt", "neural-tangent"), large_nt = plan_of("r2c2-nt", "neural-tangent");
  CHECK(nt["output_multiplier"].get<double>() == Approx(1 / std::sqrt(1024.0)).epsilon(1e-14));
  CHECK(by_name(nt["groups"]).at("WE")["init_std"] == 1);
  CHECK(by_name(nt["groups"]).at("decoder.PE")["init_std"].get<double>() == Approx(0.02));

  // (lr, wd) to (n^{3/2} lr, n^{−3/2} wd) for hidden matrices
  const auto carried = [](const Json& from, const Json& to, const char* factor) {
    const auto a = by_name(from["groups"]).at("decoder.Q"), b = by_name(to["groups"]).at("decoder.Q");
    return a[factor].get<double>() / b[factor].get<double>();
  };
  CHECK(1e-3 * carried(bart, nt, "lr_factor") == Approx(32.768).epsilon(1e-12));
  CHECK(7e-4 * carried(r2c2, large_nt, "lr_factor") == Approx(64.88).epsilon(1e-4));
  CHECK(0.01 * carried(r2c2, large_nt, "weight_decay_factor") == Approx(1.08e-7).epsilon(2e-3));
}

TEST_CASE("a flow through encoder and decoder reports both parts") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", pair_model_text).string(),
                    input = folder.write("input.json", pairs).string(),
                    picture = (folder.path() / "flow.svg").string();
  const std::vector<std::string> command{
      "flow",   "--model", model,       "--input", input, "--tolerance",    "0.05",
      "--plot", picture,   "--balance", "Q",       "K",   "--contact-terms"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return more;
  };
  const Json json = json_of(with({"--format", "json", "--kernels"}));
  CHECK(json["rows"] == 5);
  CHECK(json["lengths"] == Json{2, 3});
  CHECK(json["source"]["rows"] == 6);
  CHECK(json["source"]["lengths"] == Json{4, 2});
  REQUIRE(json["blocks"].size() == 7 + 3 + 1);
  CHECK(json["blocks"][6]["part"] == "encoder");
  CHECK(json["blocks"][6]["index"] == 7);
  CHECK(json["blocks"][6]["kind"] == "norm");
  CHECK(json["blocks"][6]["G"].size() == 6);
  CHECK(json["blocks"][9]["part"] == "decoder");
  CHECK(json["blocks"][9]["kind"] == "cross-attention");
  CHECK(json["blocks"][9]["G"].size() == 5);
  double sum = 0, diagonal = 0;
  const auto groups = by_name(json["groups"]);
  for (const auto& [name, group] : groups) sum += group["tangent"].get<double>();
  for (std::size_t i = 0; i < 5; ++i) diagonal += json["output"]["Theta"][i][i].get<double>() / 5;
  CHECK(sum == Approx(diagonal));
  CHECK(groups.contains("encoder.block3.Q"));
  CHECK(groups.contains("decoder.block3.U"));
  CHECK(json["balance"]["groups"].size() == 2);
  CHECK(json["balance"]["groups"][0]["share"].get<double>() ==
        Approx(json["balance"]["groups"][1]["share"].get<double>()));

  // Items of the decoder's tokens 1, 5 | 1, 4, 5.
  const Json& contact = json["contact_terms"];
  REQUIRE(contact.size() == 3);
  CHECK(contact[0]["item"] == 1);
  CHECK(contact[0]["rows"] == Json{0, 2});
  CHECK(contact[2]["rows"] == Json{1, 4});
  const double norm = 1.5 / std::sqrt(json["blocks"][9]["G"][0][0].get<double>() + 1e-5);
  CHECK(contact[0]["mean"][0].get<double>() == Approx(std::sqrt(32.0) * norm).epsilon(1e-6));
  CHECK(contact[0]["Theta"].size() == 2);
  CHECK(contact[0]["Theta"][0].size() == 5);

  const Run table = run_program(command);
  CHECK(table.status == 0);
  CHECK_THAT(table.out, ContainsSubstring("32, 2 heads, 6 + 2 blocks, 4 + 3 tokens\n") &&
                            ContainsSubstring("2 samples of 2 to 4 tokens to 2 samples of 2 to 3 tokens\n") &&
                            ContainsSubstring("\nencoder      7  norm ") &&
                            ContainsSubstring("\ndecoder      3  cross-attention ") &&
                            ContainsSubstring("\ndecoder.U ") && ContainsSubstring("mean output"));
  const std::string svg = contents(picture);
  CHECK_THAT(svg, ContainsSubstring("Encoder: size of signals") && ContainsSubstring("Decoder: likeness"));
  const Run csv = run_program(with({"--format", "csv"}));
  CHECK(csv.out.starts_with("part,block,kind,group,"));
  CHECK_THAT(csv.out, ContainsSubstring("\ndecoder,3,cross-attention,decoder.block3.Q,tangent,"));
}

TEST_CASE("texts flow in twos, and pairs are taken from the front") {
  const TemporaryFolder folder;
  const std::string bytes = R"("vocabulary": 256)", small = R"("vocabulary": 20)";
  const std::string model =
      folder.write("model.json", replaced(replaced(pair_model_text, small, bytes), small, bytes)).string();
  const std::string source = folder.write("a.txt", "abcabc").string(),
                    target = folder.write("b.txt", "ab").string();
  const Json json = json_of({"flow", "--model", model, "--input", source, target, target, source, "--samples",
                             "1", "--tolerance", "0.1", "--format", "json"});
  CHECK(json["source"]["rows"] == 4);
  CHECK(json["rows"] == 2);
}

TEST_CASE("check draws encoder–decoders, too") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", pair_model_text).string(),
                    input = folder.write("input.json", pairs).string();
  const std::vector<std::string> command{"check",   "--model", model, "--input",    input,
                                         "--width", "32",      "64",  "--networks", "60"};
  auto as_json = command;
  as_json.insert(as_json.end(), {"--format", "json"});
  const Json json = json_of(as_json);
  CHECK(json["source"]["tokens"] == 4);
  REQUIRE(json["widths"].size() == 2);
  const auto groups = by_name(json["widths"][1]["groups"]);
  CHECK(groups.contains("decoder.block3.Q"));
  for (const auto& [name, group] : groups) {
    CAPTURE(name);
    // Corrections at width 64 and two heads are a few tenths.
    CHECK(std::abs(group["measured"].get<double>() / group["theory"].get<double>() - 1) <
          0.5 + 4 * group["standard_error"].get<double>() / group["theory"].get<double>());
  }
  const Run table = run_program(command);
  CHECK(table.status == 0);
  CHECK_THAT(table.out, ContainsSubstring("2 samples of 2 to 4 tokens to 2 samples of 2 to 3 tokens"));
}

TEST_CASE("what encoder–decoders cannot do is refused in one line") {
  const TemporaryFolder folder;
  const std::string model = folder.write("model.json", pair_model_text).string(),
                    input = folder.write("input.json", pairs).string(),
                    text = folder.write("a.txt", "ab").string(),
                    half = folder.write("half.json", R"({"source": [[1]]})").string(),
                    vision = folder.write("vision.json", vision_model_text).string();
  check_refused({"gram", "--model", model, "--input", input, "--output", "x"},
                "which `widthwise gram` does not take");
  check_refused({"flow", "--model", model, "--input", text}, "a .txt file must stand as its target");
  check_refused({"flow", "--model", model, "--input", half}, "half.json: target: missing field");
  check_refused({"flow", "--model", vision, "--input", cat, "--contact-terms"}, "no head that is tied");
  check_refused({"flow", "--model", model, "--input", input, "--balance", "patch"}, "--balance: patch: ");
  check_refused({"plan", "--preset", "bart-large", "--format", "pytorch"}, "no names for the tensors");
  check_refused({"plan", "--preset", "bart-large", "--depth", "completep"}, "one stack of blocks");
  check_refused({"plan", "--preset", "bart-large", "--width", "1000"},
                "--width: heads: 16 heads do not divide");
}
