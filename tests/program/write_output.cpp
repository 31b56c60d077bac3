// SPDX-License-Identifier: MIT
#include "output/write_output.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/input_error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise;
using namespace widthwise::program;

namespace {

mode_t mode_of(const std::filesystem::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("files appear with what they should hold and nothing else beside them") {
  const test::TemporaryFolder folder;
  const auto first = folder.path() / "a.json", second = folder.write("b.svg", "old and longer");
  write_outputs({{first, "one\n"}, {second, "two\n"}});
  CHECK(test::contents(first) == "one\n");
  CHECK(test::contents(second) == "two\n");
  CHECK(folder.files() == 2);
}

TEST_CASE("where one file cannot be written, none is") {
  const test::TemporaryFolder folder;
  const auto good = folder.write("a.json", "old"), bad = folder.path() / "none" / "b.svg";
  CHECK(test::input_error_of([&] {
          write_outputs({{good, "new"}, {bad, "new"}});
        }) == bad.string() + ": cannot be written: No such file or directory");
  CHECK(test::contents(good) == "old");
  CHECK(folder.files() == 1);
  CHECK(test::input_error_of([&] {
          write_outputs({{folder.path(), "new"}});
        }) == folder.path().string() + ": cannot be written: is a directory");
  CHECK(test::input_error_of([&] { require_writable(""); }) == ": is not the name of a file");
}

TEST_CASE("a file that cannot be written is found out before the work") {
  const test::TemporaryFolder folder;
  CHECK(test::input_error_of([&] { require_writable(folder.path() / "a.json"); }) == "no error");
  CHECK(folder.files() == 0);
  CHECK_THAT(test::input_error_of([&] { require_writable(folder.path() / "none" / "a.json"); }),
             Catch::Matchers::EndsWith("No such file or directory"));
  const auto file = folder.write("file", "");
  CHECK_THAT(test::input_error_of([&] { require_writable(file / "a.json"); }),
             Catch::Matchers::EndsWith("Not a directory"));
  CHECK(test::input_error_of([&] { require_writable("/dev/null"); }) == "no error");
}

TEST_CASE("permissions stay those of the old file, and are the usual ones of a new one") {
  const test::TemporaryFolder folder;
  const auto old_file = folder.write("a", "old"), new_file = folder.path() / "b";
  REQUIRE(::chmod(old_file.c_str(), 0640) == 0);
  const mode_t mask = ::umask(022);
  write_outputs({{old_file, "new"}, {new_file, "new"}});
  ::umask(mask);
  CHECK(mode_of(old_file) == 0640);
  CHECK(mode_of(new_file) == 0644);
}

TEST_CASE("links are followed, devices written to directly") {
  const test::TemporaryFolder folder;
  const auto target = folder.write("target", "old"), link = folder.path() / "link";
  std::filesystem::create_symlink("target", link);
  write_outputs({{link, "new"}});
  CHECK(std::filesystem::is_symlink(link));
  CHECK(test::contents(target) == "new");
  write_outputs({{"/dev/null", "gone"}});
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(test::input_error_of([&] {
          write_outputs({{"/dev/full", "more"}});
        }) == "/dev/full: cannot be written: No space left on device");
}

TEST_CASE("a name without a folder is a file of the current one") {
  const test::TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_outputs({{"a.json", "here"}});
  std::filesystem::current_path(before);
  CHECK(test::contents(folder.path() / "a.json") == "here");
}
