// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

namespace widthwise::test {

/// A photograph that comes with the examples.
inline const std::string cat = std::string(WIDTHWISE_DATA) + "/cat.jpg";

/// Starts the `widthwise` program with its two outputs going to files of a folder; gives its process.
inline pid_t start_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  std::vector<std::string> words{WIDTHWISE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const std::string out = (folder / "out").string(), error = (folder / "error").string();

  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("no new process");
  if (process == 0) {
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(error.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  return process;
}

/// A run of the program that has ended.
struct Run {
  int status;  ///< its exit status
  std::string out, error;
};

inline Run run_program(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  int status = 0;
  ::waitpid(start_program(arguments, folder.path()), &status, 0);
  if (!WIFEXITED(status)) throw std::runtime_error("the program crashed");
  return {WEXITSTATUS(status), contents(folder.path() / "out"), contents(folder.path() / "error")};
}

/// Checks that a run fails as it should: it says why in one line, says nothing else and exits with 2.
inline void check_refused(const std::vector<std::string>& arguments, const std::string& reason) {
  const Run run = run_program(arguments);
  std::string words;
  for (const auto& argument : arguments) words += argument + " ";
  CAPTURE(words);
  CHECK(run.status == 2);
  CHECK(run.out.empty());
  CHECK_THAT(run.error, ContainsSubstring(reason));
  CHECK(run.error.starts_with("widthwise: "));
  CHECK(std::count(run.error.begin(), run.error.end(), '\n') == 1);
}

}  // namespace widthwise::test
