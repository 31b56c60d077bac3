// SPDX-License-Identifier: MIT
#include "input/text_input.hpp"

#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"
#include "utf8.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

std::string error_of(const std::string& text, TokenShape shape) {
  return test::input_error_of([&] { parse_text(text, "x.txt", shape); });
}

}  // namespace

TEST_CASE("the first bytes of a text are its tokens") {
  const TokenIds input = parse_text(
      "Gr\xc3\xbc\xc3\x9f"
      "e",
      "x.txt", {5, 256});
  CHECK(input.layout == TokenLayout{1, 5});
  CHECK(input.ids ==
        std::vector<Index>{'G', 'r', 0xc3, 0xbc, 0xc3});  // the last character is cut, and whole in the text
}

TEST_CASE("a text may be shorter than the model allows") {
  const TokenIds input = parse_text("abc", "x.txt", {4, 256});
  CHECK(input.layout == TokenLayout{1, 3});
  CHECK(input.ids == std::vector<Index>{'a', 'b', 'c'});
}

TEST_CASE("only as much of a file is read as is needed") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("x.txt", "abc\xe2\x82\xac\xff\xff\xff");
  CHECK(read_text_input(file, {4, 256}).ids == std::vector<Index>{'a', 'b', 'c', 0xe2});
  CHECK(test::input_error_of([&] {
          read_text_input(file, {7, 256});
        }) == file.string() + ": byte 6: is not UTF-8 text");
}

TEST_CASE("a text that cannot be used is refused") {
  CHECK(error_of("", {1, 256}) == "x.txt: has no bytes, which are the tokens");
  CHECK(error_of("ab~", {3, 126}) == "x.txt: byte 2: 126 is not in the vocabulary of 126 items");
  CHECK(error_of("ab\xe2\x82", {3, 256}) == "x.txt: byte 2: is not UTF-8 text");
}

TEST_CASE("UTF-8 is what Unicode says it is") {
  for (const std::string good : {"a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                 "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    CHECK(character_length(good + "a") == good.size());
  for (const std::string bad : {"", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
                                "\xc2"
                                "a",
                                "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
                                "\xe2\x82"
                                "a",
                                "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    CHECK(character_length(bad) == 0);
  CHECK(character_count("Gr\xc3\xbc\xff"
                        "e") == 5);
}
