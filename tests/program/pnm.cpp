// SPDX-License-Identifier: MIT
#include "input/pnm.hpp"

#include "support/catch.hpp"
#include "support/input_error_of.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

std::vector<int> decode(const std::string& bytes) {
  std::vector<unsigned char> values;
  const Pixels image = decode_pnm(bytes, "x.ppm", 1000, values);
  CHECK(static_cast<Index>(image.values.size()) == image.height * image.width * image.channels);
  return {image.values.begin(), image.values.end()};
}

std::string error_of(const std::string& bytes) {
  return test::input_error_of([&] { decode(bytes); });
}

}  // namespace

TEST_CASE("PGM and PPM, binary and plain, hold pixels row by row") {
  CHECK(decode("P5 3 2 255\n\x01\x02\x03\x04\x05\x06") == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(decode("P6\n1 2\n255\nabcdef") == std::vector<int>{'a', 'b', 'c', 'd', 'e', 'f'});
  CHECK(decode("P2 # gray\n2 1 # size\n255 9\n10") == std::vector<int>{9, 10});
  CHECK(decode("P3 1 1 255 9 10 11") == std::vector<int>{9, 10, 11});
  CHECK(decode("P5 1 1 255\n\n") == std::vector<int>{'\n'});
}

TEST_CASE("values are scaled from the image's largest one") {
  CHECK(decode("P2 4 1 15 0 1 14 15") == std::vector<int>{0, 17, 238, 255});
  CHECK(decode("P2 3 1 65535 0 32768 65535") == std::vector<int>{0, 128, 255});
  const std::string wide{'\x80', '\x00', '\xff', '\xff'};
  CHECK(decode("P5 2 1 65535\n" + wide) == std::vector<int>{128, 255});
}

TEST_CASE("a PNM that cannot be used is refused") {
  for (const char* header :
       {"P5", "P5 2", "P5 2 2", "P5 0 2 255\n", "P5 2 0 255\n", "P5 2 2 0\n", "P5 2 2 65536\n",
        "P5 -2 2 255\n", "P5 x 2 255\n", "P5 99999999999999999999 2 255\n", "P5 # comment"})
    CHECK(error_of(header) == "x.ppm: the image has a wrong header");
  CHECK(error_of("P5 1000 1000 255\n") == "x.ppm: has 1000x1000 pixels, which is more than 1000");
  CHECK(error_of("P5 2 2 255\nabc") == "x.ppm: the image ends early");
  CHECK(error_of("P6 2 2 255\nabcdefghijk") == "x.ppm: the image ends early");
  CHECK(error_of("P5 2 1 65535\nabc") == "x.ppm: the image ends early");
  CHECK(error_of("P2 2 2 255\n1 2 3   ") == "x.ppm: the image ends early");
  CHECK(error_of("P2 2 2 255\n1 2 3 x  ") == "x.ppm: the image ends early");
  CHECK(error_of("P2 2 1 7 7 8") == "x.ppm: the image has a pixel above its largest value");
  CHECK_FALSE(is_pnm("P1 1 1 0"));
  CHECK_FALSE(is_pnm("P"));
}
