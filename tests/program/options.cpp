// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "support/catch.hpp"

using namespace widthwise::program;

TEST_CASE("whole numbers are read to their last character and within bounds") {
  CHECK(parse_whole_number("17", 1, 20) == 17);
  CHECK(parse_whole_number("-3", -5, 5) == -3);
  for (const char* text :
       {"", " 7", "7 ", "7.0", "7e0", "0x7", "+7", "seven", "0", "21", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_whole_number(text, 1, 20),
                      std::string("should be a whole number from 1 to 20, but is ") + text);
  }
}

TEST_CASE("seeds have 64 bits") {
  CHECK(parse_seed("18446744073709551615") == 18446744073709551615u);
  for (const char* text : {"", "-1", "1.5", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_seed(text), std::invalid_argument);
  }
}

TEST_CASE("positive numbers are finite and above zero") {
  CHECK(parse_positive_number("1e-3") == 1e-3);
  for (const char* text : {"", "0", "-1", "nan", "inf", "1e999", "1,5", "0.1x"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_positive_number(text),
                      std::string("should be a positive number, but is ") + text);
  }
}

TEST_CASE("words are those of a list") {
  CHECK(parse_word("csv", {"table", "csv"}) == "csv");
  CHECK_THROWS_WITH(parse_word("xml", {"table", "csv"}), "should be one of table, csv, but is xml");
}
