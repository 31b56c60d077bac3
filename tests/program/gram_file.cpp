// SPDX-License-Identifier: MIT
#include "gram/file.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "input/input_error.hpp"
#include "model_file.hpp"
#include "support/catch.hpp"
#include "support/kernels.hpp"
#include "support/model_texts.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;
using namespace widthwise::test;

namespace {

const TokenIds ids{{3, 2}, {1, 2, 3, 4, 5, 6}};

Json header_of(const std::string& model = language_model_text, const TokenIds& input = ids,
               const std::function<void(GramSettings&)>& change = {}) {
  GramSettings settings;
  settings.side = 2;
  if (change) change(settings);
  return gram_header(parse_model(model, "model.json"), input, settings);
}

// Stands for what a computation gives: the same for the same tile. Its rows are not pooled, two a sample.
GramBlock<double> block(Index index) {
  const GramTile tile = GramTiling{3, 2}[index];
  const auto kernel = [&](std::uint64_t seed) {
    return normal_matrix(2 * tile.rows, 2 * tile.columns, seed + static_cast<std::uint64_t>(index));
  };
  return {tile, {kernel(1), kernel(11)}, {kernel(21), kernel(31)}, 64, index != 1};
}

void finish(const std::filesystem::path& path) {
  GramFile file(path, header_of());
  for (Index k = file.tiles(); k < 3; ++k) file.append(block(k));
  CHECK(file.short_tiles() == 1);
}

std::string refusal(const std::filesystem::path& path, const Json& header) {
  const std::string before = contents(path);
  try {
    GramFile file(path, header);
  } catch (const InputError& error) {
    CHECK(contents(path) == before);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a Gram file cut anywhere goes on to the same bytes") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "gram.ndjson";
  finish(path);
  const std::string all = contents(path);
  CHECK(std::count(all.begin(), all.end(), '\n') == 4);
  for (std::size_t length = 0; length <= all.size(); ++length) {
    // Every byte of the header, and those about the ends of tiles; others in between now and then.
    const std::size_t end = all.find('\n', length);
    if (length > all.find('\n') + 30 && end != std::string::npos && end - length > 30 && length % 17 != 0)
      continue;
    folder.write("gram.ndjson", all.substr(0, length));
    finish(path);
    if (contents(path) != all) FAIL("cut after " << length << " bytes");
  }
}

TEST_CASE("a changed byte is found, and what follows is computed again") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "gram.ndjson";
  finish(path);
  const std::string all = contents(path);
  const std::size_t header = all.find('\n');
  for (std::size_t at = header + 1; at < all.size(); at += 13) {
    std::string changed = all;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    folder.write("gram.ndjson", changed);
    const auto whole = std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), '\n') - 1;
    {
      GramFile file(path, header_of());
      CHECK(file.tiles() == whole);
      CHECK(file.cut() > 0);
    }
    finish(path);
    if (contents(path) != all) FAIL("changed byte " << at);
  }
  folder.write("gram.ndjson", all + "more\n");
  finish(path);
  CHECK(contents(path) == all);
  // Lines that are whole but stand in another place do not belong there.
  const std::size_t second = all.find('\n', header + 1);
  folder.write("gram.ndjson", all.substr(0, header + 1) + all.substr(second + 1));
  CHECK(GramFile(path, header_of()).tiles() == 0);
}

TEST_CASE("a Gram file of another request is refused with what differs") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "gram.ndjson";
  finish(path);
  const auto changed = [&](const std::function<void(GramSettings&)>& change) {
    return refusal(path, header_of(language_model_text, ids, change));
  };
  const std::string name = path.string() + ": ";
  CHECK(changed([](GramSettings& s) { s.tolerance = 0.01; }) ==
        name + "tolerance: the file was begun with 0.001, asked for is now 0.01");
  CHECK(changed([](GramSettings& s) { s.seed = 7; }) ==
        name + "seed: the file was begun with 0, asked for is now 7");
  CHECK(changed([](GramSettings& s) { s.side = 3; }) ==
        name + "tile: the file was begun with 2, asked for is now 3");
  CHECK(changed([](GramSettings& s) {
          s.max_draws = 32;
        }).starts_with(name + "max_draws: the file was begun with"));
  CHECK(changed([](GramSettings& s) { s.threads = 3; }).empty());
  const auto other_model = [&](const std::string& piece, const std::string& by) {
    return refusal(path, header_of(replaced(language_model_text, piece, by)));
  };
  CHECK(other_model(R"("C_K": 1)", R"("C_K": 2)") ==
        name + "model.blocks[0].C_K: the file was begun with 1, asked for is now 2");
  CHECK(other_model("relu", "gelu").starts_with(name + "model.blocks[1].activation"));
  CHECK(other_model(R"("head": {)", R"("repeat": 2, "head": {)").starts_with(name + "model.repeat"));
  CHECK_THAT(refusal(path, header_of(language_model_text, {{3, 2}, {1, 2, 3, 4, 5, 7}})),
             ContainsSubstring(name + "input_crc32: the file was begun with \""));
  CHECK(refusal(path, header_of(language_model_text, {{1, 2}, {1, 2}})) ==
        name + "samples: the file was begun with 3, asked for is now 1");
  CHECK(refusal(path, header_of(language_model_text, {{2, 3}, {1, 2, 3, 4, 5, 6}})) ==
        name + "samples: the file was begun with 3, asked for is now 2");
}

TEST_CASE("a file of anything else is left alone") {
  const TemporaryFolder folder;
  const std::string all = [&] {
    finish(folder.path() / "gram.ndjson");
    return contents(folder.path() / "gram.ndjson");
  }();
  std::string flipped = all;
  flipped[40] = static_cast<char>(flipped[40] ^ 1);
  for (const std::string& text : {std::string("my thesis\n"), std::string("{}"), std::string("\n"), flipped,
                                  std::string("{\"format\":\"widthwise-gram\",\n"), std::string(5000, 'x')})
    CHECK_THAT(refusal(folder.write("other", text), header_of()), ContainsSubstring("and is left alone"));
  CHECK_THROWS_WITH(GramFile("/dev/null", header_of()), ContainsSubstring("needs a regular file"));
  CHECK_THROWS_WITH(GramFile(folder.path(), header_of()), ContainsSubstring("needs a regular file"));
  CHECK_THROWS_WITH(GramFile(folder.path() / "none" / "x", header_of()),
                    ContainsSubstring("cannot be written"));
}

TEST_CASE("a Gram file is written by one process at a time, and gone if it never got a tile") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "gram.ndjson";
  {
    const GramFile file(path, header_of());
    CHECK_THROWS_WITH(GramFile(path, header_of()), ContainsSubstring("is being written by another process"));
  }
  CHECK(folder.files() == 0);
}
