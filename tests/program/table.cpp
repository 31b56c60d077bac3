// SPDX-License-Identifier: MIT
#include "output/table.hpp"

#include <cstdlib>
#include <limits>

#include "output/number_text.hpp"
#include "support/catch.hpp"

using namespace widthwise::program;

namespace {

const Table table{{{"group"}, {"std", Table::Align::right}, {"formula"}},
                  {{"W_patch", "0.036", "sqrt(C/n)"}, {"\xce\x98", "1", ""}, {"a|b, \"c\"", "10", "x"}}};

}  // namespace

TEST_CASE("columns of aligned text line up, by characters and not bytes") {
  CHECK(aligned_text(table) ==
        "group       std  formula\n"
        "--------  -----  ---------\n"
        "W_patch   0.036  sqrt(C/n)\n"
        "\xce\x98             1\n"
        "a|b, \"c\"     10  x\n");
}

TEST_CASE("Markdown escapes what would end a cell") {
  CHECK(markdown(table) ==
        "| group     |   std | formula   |\n"
        "| --------- | ----: | --------- |\n"
        "| W_patch   | 0.036 | sqrt(C/n) |\n"
        "| \xce\x98         |     1 |           |\n"
        "| a\\|b, \"c\" |    10 | x         |\n");
}

TEST_CASE("comma-separated values quote what needs it") {
  CHECK(csv(table) ==
        "group,std,formula\n"
        "W_patch,0.036,sqrt(C/n)\n"
        "\xce\x98,1,\n"
        "\"a|b, \"\"c\"\"\",10,x\n");
  CHECK(csv({{{"a"}}, {{"two\nlines"}}}) == "a\n\"two\nlines\"\n");
}

TEST_CASE("numbers are rounded for people and exact for programs") {
  CHECK(rounded(0.0360843918243516) == "0.03608");
  CHECK(rounded(1.0) == "1");
  CHECK(rounded(4.6984e-5) == "4.698e-05");
  CHECK(rounded(123456.0) == "1.235e+05");
  CHECK(exact(0.1) == "0.1");
  CHECK(exact(1.0) == "1");
  for (const double value : {1.0 / 3, 5e-324, std::numeric_limits<double>::max(), -0.1 - 0.2})
    CHECK(std::strtod(exact(value).c_str(), nullptr) == value);
  CHECK(grouped(86444008) == "86,444,008");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(-123456) == "-123,456");
  CHECK(grouped(0) == "0");
}
