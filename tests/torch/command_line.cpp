// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <iostream>
#include <sstream>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace widthwise::training;
using widthwise::test::contents, widthwise::test::TemporaryFolder;

namespace {

// What standard error or output is given while it lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), old_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(old_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* old_;
};

struct Run {
  int status;
  std::string out, error;
};

Run run(std::vector<std::string> words) {
  words.insert(words.begin(), "widthwise-train");
  std::vector<const char*> arguments;
  for (const auto& word : words) arguments.push_back(word.c_str());
  const Captured out(std::cout), error(std::cerr);
  const int status = run_command_line(static_cast<int>(arguments.size()), arguments.data());
  return {status, out.text(), error.text()};
}

void check_refused(const std::vector<std::string>& words, const std::string& reason) {
  const Run refused = run(words);
  CAPTURE(words);
  CHECK(refused.status == 2);
  CHECK(refused.out.empty());
  CHECK(refused.error == "widthwise-train: " + reason + "\n");
}

}  // namespace

TEST_CASE("training from the command line writes whole files") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; text.size() < 41000; ++i) text += std::to_string(i * i) + " ";
  const std::string data = folder.write("text.txt", text).string(),
                    output = (folder.path() / "loss.csv").string(),
                    plot = (folder.path() / "loss.svg").string(),
                    results = (folder.path() / "sweep.csv").string(),
                    tables = (folder.path() / "tables.md").string();
  const Run trained = run({"run",
                           "--task",
                           "text",
                           "--data",
                           data,
                           "--width",
                           "16",
                           "--layers",
                           "1",
                           "--steps",
                           "3",
                           "--batch",
                           "2",
                           "--strategy",
                           "maximal-update",
                           "--learning-rate",
                           "0.5",
                           "--output",
                           output,
                           "--plot",
                           plot});
  CHECK(trained.status == 0);
  CHECK(trained.error.starts_with("text, maximal-update, width 16, η = 0.5, seed 0: held-out loss "));
  CHECK(contents(output).starts_with("step,loss\n0,"));
  CHECK(contents(plot).ends_with("</svg>\n"));

  const std::vector<std::string> sweep{
      "sweep",       "--task",        "text",      "--data",  data, "--width", "16", "--layers",
      "1",           "--steps",       "2",         "--batch", "2",  "--seeds", "2",  "--grid",
      "hybrid:-1:1", "uniform:-9:-7", "--results", results};
  CHECK(run(sweep).status == 0);
  const std::string whole = contents(results);
  CHECK(std::count(whole.begin(), whole.end(), '\n') == 13);
  CHECK(run(sweep).status == 0);
  CHECK(contents(results) == whole);
  CHECK(run({"figure", "--results", results, "--output", tables, "--plot", plot}).status == 0);
  CHECK_THAT(contents(tables), ContainsSubstring("| uniform ") && ContainsSubstring("| hybrid "));
  CHECK(contents(plot).ends_with("</svg>\n"));
  CHECK_THAT(run({"figure", "--results", results, "--only", "hybrid"}).out, !ContainsSubstring("uniform"));
}

TEST_CASE("help is no error") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--help"}, {"run", "--help"}, {"sweep", "--help"}, {"figure", "--help"}}) {
    const Run help = run(words);
    CHECK(help.status == 0);
    CHECK(help.error.empty());
    CHECK_THAT(help.out, ContainsSubstring(words.size() == 1 ? "COMMAND" : "Example"));
  }
}

TEST_CASE("what cannot be used is refused in one line") {
  const TemporaryFolder folder;
  const std::string none = (folder.path() / "none").string(),
                    results = (folder.path() / "sweep.csv").string();
  check_refused({"run", "--task", "speech"}, "--task: should be one of vision, text, but is speech");
  check_refused({"run", "--task", "text", "--width", "10"}, "heads: 4 heads do not divide the width 10");
  check_refused({"run", "--task", "text", "--data", none}, none + ": No such file or directory");
  check_refused({"run", "--task", "text", "--learning-rate", "0"},
                "--learning-rate: should be a positive number, but is 0");
  check_refused({"run", "--task", "text", "--output", none + "/a", "--data", none},
                none + "/a: cannot be written: No such file or directory");
  check_refused({"run", "--task", "text", "--output", none, "--plot", none},
                "--plot: is the same file as --output");
  check_refused({"sweep", "--task", "text", "--grid", "hybrid", "--results", results},
                "--grid: should be a strategy and two exponents of 2, such as hybrid:-3:5, but is hybrid");
  check_refused({"figure", "--results", none}, none + ": No such file or directory");
  const std::string text = folder.write("text.txt", "words\n").string();
  check_refused({"figure", "--results", text}, text + ": line 1: is not the heading of a sweep's results");
  CHECK(folder.files() == 1);
}
