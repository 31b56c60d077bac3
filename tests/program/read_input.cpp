// SPDX-License-Identifier: MIT
#include "input/read_input.hpp"

#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

constexpr PatchShape four_patches{.tokens = 4, .inputs = 4};
constexpr TokenShape three_bytes{.tokens = 3, .vocabulary = 256};

std::string idx_of(int images) {
  const std::string header{0, 0, 8, 3, 0, 0, 0, static_cast<char>(images), 0, 0, 0, 4, 0, 0, 0, 4};
  return header + std::string(static_cast<std::size_t>(16 * images), '\x20');
}

Patches<double> patches_of(const std::vector<std::filesystem::path>& files,
                           std::optional<Index> samples = {}) {
  return std::get<Patches<double>>(read_input(files, four_patches, samples));
}

std::string error_of(const std::vector<std::filesystem::path>& files, const InputShape& shape,
                     std::optional<Index> samples = {}) {
  return test::input_error_of([&] { read_input(files, shape, samples); });
}

}  // namespace

TEST_CASE("each file is read as its name says, whatever its case") {
  const test::TemporaryFolder folder;
  const std::string image = "P5 4 4 255\n" + std::string(16, '\x40');
  for (const char* name : {"a.pgm", "a.PPM", "a.png", "a.jpg", "a.JPEG"})
    CHECK(patches_of({folder.write(name, image)}).layout == TokenLayout{1, 4});
  for (const char* name : {"a.idx", "a.idx.gz", "t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz"})
    CHECK(patches_of({folder.write(name, idx_of(3))}, 2).layout == TokenLayout{2, 4});
  const auto text = std::get<TokenIds>(read_input({folder.write("a.txt", "hello")}, three_bytes));
  CHECK(text.ids == std::vector<Index>{'h', 'e', 'l'});
  const auto tokens = folder.write("a.json", R"({"token_ids": [[1, 2, 3]]})");
  CHECK(std::get<TokenIds>(read_input({tokens}, three_bytes)).ids == std::vector<Index>{1, 2, 3});
  CHECK_THAT(error_of({folder.write("a.gif", "")}, four_patches), ContainsSubstring("is of no known kind"));
  CHECK_THAT(error_of({folder.write("labels.gz", "")}, four_patches),
             ContainsSubstring("is of no known kind"));
}

TEST_CASE("several files are samples one after the other") {
  const test::TemporaryFolder folder;
  const auto first = folder.write("a.json", R"({"token_ids": [[1, 2], [3, 4]]})");
  const auto second = folder.write("b.json", R"({"token_ids": [[5, 6]]})");
  const auto longer = folder.write("c.json", R"({"token_ids": [[5, 6, 7]]})");
  const auto both = std::get<TokenIds>(read_input({first, second}, three_bytes));
  CHECK(both.layout == TokenLayout{3, 2});
  CHECK(both.ids == std::vector<Index>{1, 2, 3, 4, 5, 6});
  const auto ragged = std::get<TokenIds>(read_input({first, longer}, three_bytes));
  CHECK(ragged.layout == TokenLayout::of_lengths({2, 2, 3}));
  CHECK(ragged.ids == std::vector<Index>{1, 2, 3, 4, 5, 6, 7});
  CHECK(std::get<TokenIds>(read_input({longer, first}, three_bytes, 2)).layout ==
        TokenLayout::of_lengths({3, 2}));

  const auto image = folder.write("a.pgm", "P5 4 4 255\n" + std::string(16, '\x40'));
  const auto set = folder.write("a.idx", idx_of(3));
  const auto mixed = patches_of({image, set}, 3);
  CHECK(mixed.layout == TokenLayout{3, 4});
  CHECK(mixed.values.topRows(4) == patches_of({image}).values);
  CHECK(mixed.values.bottomRows(8) == patches_of({set}, 2).values);
}

TEST_CASE("the number of samples takes the first ones") {
  const test::TemporaryFolder folder;
  const auto first = folder.write("a.json", R"({"token_ids": [[1, 2], [3, 4]]})");
  const auto second = folder.write("b.json", R"({"token_ids": [[5, 6]]})");
  CHECK(std::get<TokenIds>(read_input({first, second}, three_bytes, 1)).ids == std::vector<Index>{1, 2});
  CHECK(std::get<TokenIds>(read_input({first, second}, three_bytes, 3)).ids.size() == 6);
  CHECK(error_of({first, second}, three_bytes, 4) == "--samples: 4 were asked for, but the input has 3");
  CHECK(error_of({first}, three_bytes, 0) == "--samples: should be at least 1");
  const auto set = folder.write("a.idx", idx_of(3));
  CHECK(error_of({set}, four_patches) ==
        set.string() + ": a data set needs --samples, the number of images to take");
  CHECK_THAT(error_of({set}, four_patches, 4), ContainsSubstring("4 images were asked for, the file has 3"));
  CHECK(error_of({}, three_bytes) == "--input: no file was given");
}

TEST_CASE("pairs are files in twos, or JSON") {
  const test::TemporaryFolder folder;
  const auto source = folder.write("a.txt", "ab"), target = folder.write("b.txt", "c"),
             both = folder.write("c.json", R"({"source": [[1, 2, 3], [4]], "target": [[5], [6, 7]]})"),
             image = folder.write("a.pgm", "P5 4 4 255\n" + std::string(16, '\x40')),
             set = folder.write("a.idx", idx_of(3));
  const PairShape texts{three_bytes, three_bytes};
  const InputPair pair = read_input_pair({source, target, both, target, source}, texts);
  CHECK(std::get<TokenIds>(pair.source).layout == TokenLayout::of_lengths({2, 3, 1, 1}));
  CHECK(std::get<TokenIds>(pair.source).ids == std::vector<Index>{'a', 'b', 1, 2, 3, 4, 'c'});
  CHECK(pair.target.layout == TokenLayout::of_lengths({1, 1, 2, 2}));
  const InputPair two = read_input_pair({source, target, both}, texts, 2);
  CHECK(std::get<TokenIds>(two.source).layout == TokenLayout::of_lengths({2, 3}));
  CHECK(two.target.ids == std::vector<Index>{'c', 5});
  const InputPair caption = read_input_pair({image, target}, {four_patches, three_bytes});
  CHECK(std::get<Patches<double>>(caption.source).layout == TokenLayout{1, 4});

  const auto error = [](const std::vector<std::filesystem::path>& files, const PairShape& shape,
                        std::optional<Index> samples = {}) {
    return test::input_error_of([&] { read_input_pair(files, shape, samples); });
  };
  const std::string alone = ": is a source, behind which a .txt file must stand as its target";
  CHECK(error({source}, texts) == source.string() + alone);
  CHECK(error({source, both}, texts) == source.string() + alone);
  CHECK(error({set, target}, {four_patches, three_bytes}) ==
        set.string() + ": holds no pairs of a source and a target");
  CHECK(error({both}, texts, 3) == "--samples: 3 were asked for, but the input has 2");
  CHECK(error({}, texts) == "--input: no file was given");
}

TEST_CASE("a file that does not fit the model is refused") {
  const test::TemporaryFolder folder;
  const auto text = folder.write("a.txt", "hello");
  const auto image = folder.write("a.pgm", "P5 4 4 255\n" + std::string(16, '\x40'));
  CHECK(error_of({text}, four_patches) == text.string() + ": holds text, but the model reads patches");
  CHECK(error_of({image}, three_bytes) == image.string() + ": holds images, but the model reads tokens");
  CHECK(error_of({image}, PatchShape{.tokens = 5, .inputs = 4}) ==
        image.string() + ": no square image gives the 5 patches of 4 numbers that the model reads");
}

TEST_CASE("a file's name cannot break an error into lines") {
  CHECK(test::input_error_of([] { throw InputError("a\nb", "c\t", "d\x7f"); }) == "a?b: c?: d?");
  CHECK(test::input_error_of([] { throw InputError("--width", "", "is odd"); }) == "--width: is odd");
  std::string euros;
  for (int i = 0; i < 400; ++i) euros += "\xe2\x82\xac";
  const std::string cut = test::input_error_of([&] { throw InputError("x", "", euros); });
  CHECK(cut.size() <= 503);
  CHECK_THAT(cut, Catch::Matchers::EndsWith("\xe2\x82\xac..."));
}
