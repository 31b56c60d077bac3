// SPDX-License-Identifier: MIT
#include "output/write_output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <string_view>

#include "input/input_error.hpp"

namespace widthwise::program {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& name) {
  throw InputError(name, "", std::string("cannot be written: ") + std::strerror(errno));
}

void write_all(int descriptor, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(name);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Where the bytes of a path end up, with its links followed.
fs::path target_of(const fs::path& file) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(file, error);
  return error || target.empty() ? file : target;
}

bool is_device(const fs::path& file) {
  std::error_code ignored;
  const auto type = fs::status(file, ignored).type();
  return type == fs::file_type::character || type == fs::file_type::fifo || type == fs::file_type::socket;
}

// A file beside its place, which is gone again unless it was moved there.
class StagedFile {
 public:
  StagedFile(const fs::path& file, std::string_view text) : name_(file.string()), target_(target_of(file)) {
    require_writable(file);
    std::string pattern = (target_.parent_path() / ("." + target_.filename().string() + ".XXXXXX")).string();
    descriptor_ = ::mkstemp(pattern.data());
    if (descriptor_ < 0) fail(name_);
    temporary_ = pattern;
    try {
      write_all(descriptor_, text, name_);
      set_permissions();
      if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(name_);
    } catch (...) {
      discard();
      throw;
    }
  }
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile() { discard(); }

  void move_into_place() {
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(name_);
    temporary_.clear();
  }

 private:
  // Those of the file it replaces, or what any new file gets.
  void set_permissions() const {
    struct stat old {};
    mode_t mode = 0666;
    if (::stat(target_.c_str(), &old) == 0) {
      mode = old.st_mode & 07777;
    } else {
      const mode_t mask = ::umask(0);
      ::umask(mask);
      mode &= ~mask;
    }
    if (::fchmod(descriptor_, mode) != 0) fail(name_);
  }
  void discard() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
  }

  std::string name_;
  fs::path target_;
  std::string temporary_;
  int descriptor_ = -1;
};

void write_device(const fs::path& file, std::string_view text) {
  const int descriptor = ::open(file.c_str(), O_WRONLY);
  if (descriptor < 0) fail(file.string());
  try {
    write_all(descriptor, text, file.string());
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  if (::close(descriptor) != 0) fail(file.string());
}

}  // namespace

void require_writable(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored))
    throw InputError(file.string(), "", "cannot be written: is a directory");
  if (file.empty() || !file.has_filename()) throw InputError(file.string(), "", "is not the name of a file");
  if (is_device(file)) return;
  const fs::path directory = target_of(file).parent_path();
  // The dot asks for a directory.
  if (::access((directory / ".").c_str(), W_OK | X_OK) != 0) fail(file.string());
  if (fs::exists(file, ignored) && ::access(file.c_str(), W_OK) != 0) fail(file.string());
}

void write_outputs(const std::vector<Output>& outputs) {
  std::list<StagedFile> staged;
  for (const auto& output : outputs)
    if (output.file && !is_device(*output.file)) staged.emplace_back(*output.file, output.text);
  for (auto& file : staged) file.move_into_place();
  for (const auto& output : outputs) {
    if (!output.file) {
      std::fflush(stdout);
      write_all(STDOUT_FILENO, output.text, "standard output");
    } else if (is_device(*output.file)) {
      write_device(*output.file, output.text);
    }
  }
}

}  // namespace widthwise::program
