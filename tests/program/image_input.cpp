// SPDX-License-Identifier: MIT
#include <cmath>
#include <string>
#include <vector>

#include "input/image.hpp"
#include "input/pixels.hpp"
#include "input/read_text.hpp"
#include "input/stb.hpp"
#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

constexpr double means[] = {0.485, 0.456, 0.406}, deviations[] = {0.229, 0.224, 0.225};

// An image of that size whose channel c at (y, x) is value(y, x, c).
template <class Value>
std::string ppm(Index height, Index width, const Value& value) {
  std::string bytes = "P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n";
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < 3; ++c) bytes += static_cast<char>(value(y, x, c));
  return bytes;
}

// What decode_image should make of an 8-bit value.
double normalized(Index value, Index channel) {
  return (static_cast<double>(value) / 255 - means[channel]) / deviations[channel];
}

std::string image_error(const std::string& bytes, Index most = most_pixels) {
  return test::input_error_of([&] { decode_image(bytes, "x.png", {4, 2, 3}, most); });
}

}  // namespace

TEST_CASE("the geometry of images follows from patches and their numbers") {
  CHECK(image_geometry(196, 768) == ImageGeometry{224, 16, 3});
  CHECK(image_geometry(49, 3072) == ImageGeometry{224, 32, 3});
  CHECK(image_geometry(256, 588) == ImageGeometry{224, 14, 3});
  CHECK(image_geometry(16, 49) == ImageGeometry{28, 7, 1});
  CHECK(image_geometry(1, 1) == ImageGeometry{1, 1, 1});
  CHECK(image_geometry(1, 3) == ImageGeometry{1, 1, 3});
  for (const auto& [tokens, inputs] :
       {std::pair<Index, Index>{2, 3}, {4, 2}, {4, 24}, {0, 3}, {4, 0}, {-4, 3}, {4, -3}})
    CHECK(image_geometry(tokens, inputs) == std::nullopt);
  CHECK(image_geometry(1'000'000'000, 1'000'000'000) == std::nullopt);
  const ImageGeometry photograph{224, 16, 3};
  CHECK(photograph.tokens() == 196);
  CHECK(photograph.inputs() == 768);
}

TEST_CASE("patches go row by row, pixels in them too, and a pixel's channels stay together") {
  const auto value = [](Index y, Index x, Index c) {
    return 48 * y + 12 * x + 3 * c;
  };
  const auto patches = decode_image(ppm(4, 4, value), "x.ppm", {4, 2, 3});
  CHECK(patches.layout == TokenLayout{1, 4});
  REQUIRE(patches.values.rows() == 4);
  REQUIRE(patches.values.cols() == 12);
  for (Index token = 0; token < 4; ++token)
    for (Index number = 0; number < 12; ++number) {
      const Index y = 2 * (token / 2) + number / 6, x = 2 * (token % 2) + number / 3 % 2, c = number % 3;
      CHECK(patches.values(token, number) == Approx(normalized(value(y, x, c), c)).epsilon(1e-6));
    }
}

TEST_CASE("the centred square is what is used of an image") {
  const auto wide = [](Index y, Index x, Index c) {
    return 20 * y + 9 * x + c;
  };
  const auto square = [&](Index y, Index x, Index c) {
    return wide(y, x + 3, c);
  };
  const auto high = [&](Index y, Index x, Index c) {
    return square(y - 3, x, c);
  };
  const auto expected = decode_image(ppm(4, 4, square), "x.ppm", {4, 2, 3}).values;
  CHECK(decode_image(ppm(4, 10, wide), "x.ppm", {4, 2, 3}).values == expected);
  CHECK(decode_image(ppm(10, 4, high), "x.ppm", {4, 2, 3}).values == expected);
}

TEST_CASE("scaling keeps constants, and straight lines away from the edge") {
  for (const Index from : {8, 16, 40, 64}) {
    const auto constant =
        decode_image(ppm(from, from, [](Index, Index, Index) { return 77; }), "x.ppm", {16, 16, 1});
    CHECK((constant.values.array() - (77.0 / 255 - 0.449) / 0.226).abs().maxCoeff() < 1e-5);

    const auto line = [&](Index, Index x, Index) {
      return 3 * x;
    };
    const auto scaled = decode_image(ppm(from, from, line), "x.ppm", {16, 16, 1});
    const double ratio = static_cast<double>(from) / 16;
    for (Index x = 4; x < 12; ++x) {
      // The line at the pixel's centre. The filter is sampled at whole steps, hence a hundredth of a step.
      const double middle = 3 * (ratio * (static_cast<double>(x) + 0.5) - 0.5);
      CHECK(255 * (0.226 * scaled.values(0, 5 * 16 + x) + 0.449) == Approx(middle).margin(0.03 * ratio));
    }
  }
}

TEST_CASE("gray images are repeated for three channels, colours become luminance for one") {
  const std::string gray = std::string("P5 2 2 255\n") + "\x10\x50\x90\xd0";
  const auto three = decode_image(gray, "x.pgm", {2, 2, 3}).values;
  for (Index pixel = 0; pixel < 4; ++pixel)
    for (Index c = 0; c < 3; ++c)
      CHECK(three(0, 3 * pixel + c) == Approx(normalized(0x10 + 0x40 * pixel, c)).epsilon(1e-6));
  const auto one =
      decode_image(ppm(2, 2, [](Index, Index, Index) { return 100; }), "x.ppm", {2, 1, 1}).values;
  CHECK(one(3, 0) == Approx((100.0 / 255 - 0.449) / 0.226).epsilon(1e-6));
}

TEST_CASE("a PNG holds the same pixels as a PPM") {
  const auto value = [](Index y, Index x, Index c) {
    return 31 * y + 7 * x + 50 * c;
  };
  const std::string plain = ppm(5, 4, value);
  const std::string pixels = plain.substr(plain.size() - 60);
  const std::string png =
      stb::png({reinterpret_cast<const unsigned char*>(pixels.data()), pixels.size()}, 4, 5);
  CHECK(png.substr(1, 3) == "PNG");
  CHECK(decode_image(png, "x.png", {4, 2, 3}).values == decode_image(plain, "x.ppm", {4, 2, 3}).values);
}

TEST_CASE("a photograph is read as another program reads it") {
  const auto patches = read_image(std::string(WIDTHWISE_DATA) + "/cat.jpg", {224, 16, 3});
  CHECK(patches.layout == TokenLayout{1, 196});
  // Means, entries of the Gram matrix x·x'/768 and its mean, from Pillow's bicubic scaling. JPEG decoders
  // differ by fractions of a gray level: 0.003 of a deviation is 0.17 of 255 levels.
  const double expected[] = {0.42080, -0.12930, -0.41564};
  for (Index c = 0; c < 3; ++c) {
    double sum = 0;
    for (Index number = c; number < 768; number += 3) sum += patches.values.col(number).sum();
    CHECK(sum / (196 * 256) == Approx(expected[c]).margin(3e-3));
  }
  const Matrix<double> gram = patches.values * patches.values.transpose() / 768;
  CHECK(gram.diagonal().mean() == Approx(0.43754).epsilon(5e-3));
  CHECK(gram.mean() == Approx(0.12307).epsilon(5e-3));
  CHECK(gram(0, 0) == Approx(0.27474).epsilon(5e-3));
  CHECK(gram(100, 100) == Approx(0.33402).epsilon(5e-3));
  CHECK(gram(0, 195) == Approx(0.26393).epsilon(5e-3));
}

TEST_CASE("what is no image, or too large a one, is refused") {
  CHECK(image_error("") == "x.png: is not a PNG, JPEG, PPM or PGM image");
  CHECK(image_error("hello") == "x.png: is not a PNG, JPEG, PPM or PGM image");
  CHECK(image_error("GIF89a............") == "x.png: is not a PNG, JPEG, PPM or PGM image");
  CHECK(image_error(ppm(5, 5, [](Index, Index, Index) { return 0; }), 24) ==
        "x.png: has 5x5 pixels, which is more than 24");
  CHECK(image_error("P6 100000 100000 255\n") ==
        "x.png: has 100000x100000 pixels, which is more than 64000000");

  const std::string photograph = read_text(std::string(WIDTHWISE_DATA) + "/cat.jpg", 1 << 20);
  for (const std::size_t length : {photograph.size() / 10, photograph.size() / 2, photograph.size() - 2})
    CHECK(image_error(photograph.substr(0, length)) == "x.png: the image ends early");
  CHECK(image_error(photograph + "and more") == "no error");
  const std::vector<unsigned char> white(3 * 64 * 64, 255);
  const std::string png = stb::png(white, 64, 64);
  CHECK_THAT(image_error(png.substr(0, png.size() / 2)),
             Catch::Matchers::StartsWith("x.png: the image cannot be decoded: "));

  const test::TemporaryFolder folder;
  CHECK_THAT(test::input_error_of([&] {
               read_image(folder.path() / "none.png", {4, 2, 3});
             }),
             Catch::Matchers::EndsWith("No such file or directory"));
}

TEST_CASE("a JPEG that the decoder could stumble over is refused") {
  const std::string whole = read_text(std::string(WIDTHWISE_DATA) + "/cat.jpg", 1 << 20);
  const std::size_t tables = whole.find("\xff\xc4");
  REQUIRE(tables != std::string::npos);
  std::string many_symbols = whole, no_tables = whole;
  many_symbols.replace(tables + 5, 2, "\xff\xff");  // counts of codes of one and two bits
  no_tables.replace(tables, 2, "\xff\xe5");         // a segment for applications
  CHECK(image_error(whole) == "no error");
  CHECK(image_error(many_symbols) == "x.png: the image has a wrong Huffman table");
  CHECK(image_error(no_tables) == "x.png: the image has a scan without its Huffman tables");
  CHECK(image_error("\xff" + whole) == "x.png: is not a PNG, JPEG, PPM or PGM image");
}
