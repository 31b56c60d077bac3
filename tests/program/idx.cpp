// SPDX-License-Identifier: MIT
#include "input/idx.hpp"

#include <zlib.h>

#include "input/gzip_file.hpp"
#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

constexpr ImageGeometry geometry{4, 2, 1};

std::string big_endian(unsigned number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 255);
  return bytes;
}

std::string header(unsigned images, unsigned rows, unsigned columns, char type = 8, char dimensions = 3) {
  return std::string{0, 0, type, dimensions} + big_endian(images) + big_endian(rows) + big_endian(columns);
}

// Three images of 4 × 4, whose bytes count from 0.
std::string three_images() {
  std::string bytes = header(3, 4, 4);
  for (int i = 0; i < 48; ++i) bytes += static_cast<char>(5 * i);
  return bytes;
}

std::filesystem::path write_gzip(const test::TemporaryFolder& folder, const std::string& name,
                                 const std::string& bytes) {
  const auto path = folder.path() / name;
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
  return path;
}

std::string idx_error(const std::string& bytes, Index samples = 1) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("x.idx", bytes);
  const std::string error = test::input_error_of([&] { read_idx(file, geometry, samples); });
  return error.substr(error.rfind(file.string(), 0) == 0 ? file.string().size() + 2 : 0);
}

}  // namespace

TEST_CASE("the first images of a data set become samples, in its order and from -1 to 1") {
  const test::TemporaryFolder folder;
  const auto patches = read_idx(folder.write("x.idx", three_images()), geometry, 2);
  CHECK(patches.layout == TokenLayout{2, 4});
  REQUIRE(patches.values.cols() == 4);
  for (Index sample = 0; sample < 2; ++sample)
    for (Index token = 0; token < 4; ++token)
      for (Index number = 0; number < 4; ++number) {
        const Index y = 2 * (token / 2) + number / 2, x = 2 * (token % 2) + number % 2;
        const double byte = 5 * static_cast<double>(16 * sample + 4 * y + x);
        CHECK(patches.values(4 * sample + token, number) == Approx(2 * byte / 255 - 1).margin(1e-6));
      }
}

TEST_CASE("a gzipped data set reads like a plain one, and a sample does not depend on the others") {
  const test::TemporaryFolder folder;
  const auto plain = folder.write("x.idx", three_images());
  const auto all = read_idx(plain, geometry, 3);
  CHECK(read_idx(write_gzip(folder, "x.idx.gz", three_images()), geometry, 3).values == all.values);
  CHECK(read_idx(plain, geometry, 1).values == all.values.topRows(4));
}

TEST_CASE("images of another size and of one channel fit the model") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("x.idx", header(1, 2, 6) + std::string(12, '\xff'));
  const auto patches = read_idx(file, {8, 4, 3}, 1);
  CHECK(patches.layout == TokenLayout{1, 4});
  CHECK((patches.values.array() - 1).abs().maxCoeff() < 1e-5);
}

TEST_CASE("a data set that cannot be used is refused") {
  CHECK(idx_error(three_images(), 4) == "samples: 4 images were asked for, the file has 3");
  CHECK(idx_error(three_images(), 0) == "samples: 0 images were asked for, the file has 3");
  CHECK(idx_error("") == "header: the file ends early");
  CHECK(idx_error(header(3, 4, 4).substr(0, 10)) == "header: the file ends early");
  CHECK(idx_error("hello, world") == "magic number: is not that of an IDX file");
  CHECK(idx_error(header(3, 4, 4, 13)) == "magic number: type 13 is not 8, that of unsigned bytes");
  CHECK(idx_error(header(3, 4, 4, 8, 1)) ==
        "magic number: a set of images has 3 dimensions, this file has 1");
  CHECK(idx_error(header(1, 0, 4)) == "header: images of 0x4 pixels cannot be used");
  CHECK(idx_error(three_images().substr(0, 16 + 17), 2) == "image 1: the file ends early");
}

TEST_CASE("a header's claims set no memory aside") {
  CHECK(idx_error(header(0xffffffff, 8000, 8000), 0xffffffff) == "image 0: the file ends early");
  CHECK(idx_error(header(1, 0xffffffff, 0xffffffff)) ==
        "header: images of 4294967295x4294967295 pixels cannot be used");
}

TEST_CASE("a damaged gzip file is refused") {
  const test::TemporaryFolder folder;
  std::string noise = header(100, 4, 4);
  for (unsigned i = 0, state = 1; i < 1600; ++i)
    noise += static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  const std::string bytes = test::contents(write_gzip(folder, "whole.gz", noise));
  const auto cut = folder.write("cut.idx.gz", bytes.substr(0, bytes.size() / 2));
  CHECK_THAT(test::input_error_of([&] { read_idx(cut, geometry, 100); }),
             Catch::Matchers::EndsWith("the file ends early"));
  std::string damaged = bytes;
  for (std::size_t i = 40; i < 60; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  const auto broken = folder.write("broken.idx.gz", damaged);
  CHECK_THAT(test::input_error_of([&] { read_idx(broken, geometry, 100); }),
             Catch::Matchers::StartsWith(broken.string() + ": "));
}

TEST_CASE("labels are read, plain and gzipped") {
  const test::TemporaryFolder folder;
  const std::string bytes = std::string{0, 0, 8, 1} + big_endian(4) + std::string{7, 0, '\xff', 3};
  CHECK(read_idx_labels(folder.write("labels", bytes), 3) == std::vector<int>{7, 0, 255});
  CHECK(read_idx_labels(write_gzip(folder, "labels.gz", bytes), 4) == std::vector<int>{7, 0, 255, 3});
}

TEST_CASE("labels that cannot be used are refused") {
  const test::TemporaryFolder folder;
  const auto error_of_labels = [&](const std::string& bytes, Index samples) {
    const auto file = folder.write("labels", bytes);
    return test::input_error_of([&] { read_idx_labels(file, samples); }).substr(file.string().size() + 2);
  };
  const std::string bytes = std::string{0, 0, 8, 1} + big_endian(4) + "abcd";
  CHECK(error_of_labels(bytes, 5) == "samples: 5 labels were asked for, the file has 4");
  CHECK(error_of_labels(bytes, 0) == "samples: 0 labels were asked for, the file has 4");
  CHECK(error_of_labels(bytes.substr(0, 10), 3) == "labels: the file ends early");
  CHECK(error_of_labels(three_images(), 1) ==
        "magic number: a set of labels has 1 dimension, this file has 3");
}

TEST_CASE("the rest of a file is all of it, gzipped or not") {
  const test::TemporaryFolder folder;
  const std::string text(200'000, 'x');
  for (const auto& file : {folder.write("text", text), write_gzip(folder, "text.gz", text)}) {
    GzipFile stream(file);
    std::vector<unsigned char> first;
    stream.read(first, 5, "start");
    CHECK(stream.rest().size() == text.size() - 5);
    CHECK(stream.rest().empty());
  }
}
