// SPDX-License-Identifier: MIT
#include "model_choice.hpp"

#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/model_texts.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;
using test::input_error_of;

TEST_CASE("a model is a preset or a file, and not both") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("model.json", test::language_model_text);
  CHECK(load_model({"vit-b16", ""}, "check").sizes.width == 768);
  CHECK(load_model({"", file.string()}, "check").sizes.width == 32);
  CHECK(std::get<EncoderDecoderModel>(load_any_model({"r2c2", ""})).sizes.width == 2048);
  CHECK(input_error_of([] {
          load_model({"r2c2", ""}, "gram");
        }) == "r2c2: is an encoder–decoder, which `widthwise gram` does not take");
  const std::string reason = "--preset or --model: exactly one of them is needed";
  CHECK(input_error_of([&] { load_any_model({}); }) == reason);
  CHECK(input_error_of([&] { load_any_model({"vit-b16", file.string()}); }) == reason);
  CHECK_THAT(input_error_of([] {
               load_any_model({"vit", ""});
             }),
             ContainsSubstring("--preset: preset \"vit\" is not one of vit-b16, ") &&
                 ContainsSubstring(", bert-base, bart-large, "));
}

TEST_CASE("another width keeps everything else, and must fit") {
  const Model model = load_model({"vit-b16", ""}, "check");
  const Model wider = with_width(model, 1536);
  CHECK(wider.sizes.width == 1536);
  CHECK(wider.sizes.heads == 12);
  CHECK(wider.depth() == model.depth());
  CHECK(input_error_of([&] { with_width(model, 1000); }) ==
        "--width: heads: 12 heads do not divide the width 1000");
  const auto bart = std::get<EncoderDecoderModel>(load_preset("bart-large"));
  CHECK(with_width(bart, 2048).sizes.width == 2048);
  CHECK(with_width(bart, 2048).depth() == bart.depth());
}
