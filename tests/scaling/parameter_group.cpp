// SPDX-License-Identifier: MIT
#include "widthwise/scaling/parameter_group.hpp"

#include "support/catch.hpp"

using widthwise::ParameterGroup;

TEST_CASE("a group counts the parameters of all its copies") {
  CHECK(ParameterGroup{.name = "W", .shape = {3072, 768}, .copies = 12}.parameters() == 12 * 3072 * 768);
  CHECK(ParameterGroup{.name = "cls", .shape = {768}}.parameters() == 768);
  // Past 32 bits: the vocabulary of a large multilingual model.
  CHECK(ParameterGroup{.name = "WE", .shape = {16384, 262144}}.parameters() == 4294967296);
}

TEST_CASE("sizes of a group that make no sense are refused") {
  CHECK_THROWS_WITH((ParameterGroup{.name = "Q", .shape = {768, 0}}.parameters()),
                    "a size of group Q must be positive, but is 0");
  CHECK_THROWS_WITH((ParameterGroup{.name = "Q", .shape = {768}, .copies = -1}.parameters()),
                    "the number of copies of group Q must be positive, but is -1");
  const std::int64_t large = std::int64_t{1} << 40;
  CHECK_THROWS_WITH((ParameterGroup{.name = "Q", .shape = {large, large}}.parameters()),
                    "group Q has more parameters than a 64-bit integer holds");
}
