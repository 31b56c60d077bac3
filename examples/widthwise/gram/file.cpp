// SPDX-License-Identifier: MIT
#include "gram/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include "input/input_error.hpp"
#include "input/model_shape.hpp"
#include "input/read_text.hpp"
#include "model_file.hpp"

namespace widthwise::program {

namespace {

constexpr std::string_view seal = R"(,"crc32":")", seal_end = "\"}";
constexpr std::size_t digits = 8, sealed_size = seal.size() + digits + seal_end.size();

std::uint32_t crc(const void* bytes, std::size_t size, std::uint32_t before) {
  return static_cast<std::uint32_t>(::crc32_z(before, static_cast<const Bytef*>(bytes), size));
}

std::string hexadecimal(std::uint32_t number) {
  std::string text(digits, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4)
    *digit = "0123456789abcdef"[number & 15];
  return text;
}

std::string input_sum(const Input& input) {
  return hexadecimal(std::visit(
      [](const auto& held) {
        if constexpr (requires { held.values; })
          return crc(held.values.data(), static_cast<std::size_t>(held.values.size()) * sizeof(double), 0);
        else
          return crc(held.ids.data(), held.ids.size() * sizeof(Index), 0);
      },
      input));
}

// One line of the file; `sum` is that of the line before and becomes that of this one.
std::string sealed(const Json& object, std::uint32_t& sum) {
  std::string line = object.dump();
  line.pop_back();
  sum = crc(line.data(), line.size(), sum);
  return line.append(seal).append(hexadecimal(sum)).append(seal_end) + '\n';
}

// Whether a line, without its end, is as it was written after the line with this sum.
bool whole(std::string_view line, std::uint32_t& sum) {
  if (line.size() <= sealed_size) return false;
  const std::string_view body = line.substr(0, line.size() - sealed_size);
  const std::uint32_t found = crc(body.data(), body.size(), sum);
  if (line.substr(body.size()) != std::string(seal) + hexadecimal(found) + std::string(seal_end))
    return false;
  sum = found;
  return true;
}

struct Difference {
  std::string field;
  Json before, now;
};

std::optional<Difference> difference(const Json& before, const Json& now, const std::string& path) {
  if (before == now) return std::nullopt;
  if (before.is_object() && now.is_object()) {
    for (const Json* either : {&now, &before})
      for (const auto& [name, ignored] : either->items()) {
        const std::string field = path.empty() ? name : path + "." + name;
        if (!before.contains(name)) return Difference{field, nullptr, now[name]};
        if (!now.contains(name)) return Difference{field, before[name], nullptr};
        if (auto found = difference(before[name], now[name], field)) return found;
      }
  }
  if (before.is_array() && now.is_array() && before.size() == now.size())
    for (std::size_t i = 0; i < now.size(); ++i)
      if (auto found = difference(before[i], now[i], path + "[" + std::to_string(i) + "]")) return found;
  return Difference{path, before, now};
}

std::string shown(const Json& value) {
  return value.is_null() ? "none" : value.is_structured() ? "another one" : value.dump();
}

Json rows(const Matrix<double>& kernel) {
  Json json(Json::array());
  for (Index i = 0; i < kernel.rows(); ++i) {
    Json row(Json::array());
    for (Index j = 0; j < kernel.cols(); ++j) row.push_back(kernel(i, j));
    json.push_back(std::move(row));
  }
  return json;
}

Json tile_json(const GramBlock<double>& block) {
  return {{"tile", block.tile.index},
          {"row", block.tile.first_row * block.outputs()},
          {"column", block.tile.first_column * block.outputs()},
          {"G", rows(block.forward.value)},
          {"Theta", rows(block.tangent.value)},
          {"standard_error",
           {{"G", rows(block.forward.standard_error)}, {"Theta", rows(block.tangent.standard_error)}}},
          {"draws", block.draws},
          {"converged", block.converged}};
}

}  // namespace

Json gram_header(const Model& model, const Input& input, const GramSettings& settings) {
  const TokenLayout layout = layout_of(input);
  const GramTiling tiling = gram_tiling(settings, layout);
  Json header{{"format", "widthwise-gram"},
              {"format_version", 1},
              {"program", WIDTHWISE_VERSION},
              {"samples", layout.samples},
              {"tokens", layout.tokens},
              {"outputs_per_sample", model.pool() == Pool::none ? network_layout(model, layout).tokens : 1},
              {"tile", tiling.side},
              {"tiles", tiling.count()},
              {"tolerance", settings.tolerance},
              {"max_draws", settings.max_draws},
              {"seed", settings.seed},
              {"model", model_json(model)},
              {"input_crc32", input_sum(input)}};
  if (!layout.same_length()) header["lengths"] = layout.lengths();
  return header;
}

GramFile::GramFile(const std::filesystem::path& file, const Json& header)
    : file_(file), most_tiles_(header["tiles"].get<Index>()) {
  open();
  try {
    read(header);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

GramFile::~GramFile() {
  if (begun_ && tiles_ == 0) ::unlink(file_.c_str());
  ::close(descriptor_);
}

void GramFile::open() {
  const auto fail = [&](const std::string& reason) {
    throw InputError(file_.string(), "", reason);
  };
  std::error_code ignored;
  if (std::filesystem::exists(file_, ignored) && !std::filesystem::is_regular_file(file_, ignored))
    fail("a Gram matrix needs a regular file, which it can be read from again");
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(std::string("cannot be written: ") + std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    ::close(descriptor_);
    fail(reason == EWOULDBLOCK ? "is being written by another process"
                               : std::string("cannot be locked: ") + std::strerror(reason));
  }
}

void GramFile::read(const Json& header) {
  const std::string first_line = sealed(header, sum_);
  const std::uintmax_t size = std::filesystem::file_size(file_);
  std::ifstream stream(file_, std::ios::binary);
  std::string line(static_cast<std::size_t>(std::min<std::uintmax_t>(size, first_line.size())), '\0');
  stream.read(line.data(), static_cast<std::streamsize>(line.size()));
  if (first_line.starts_with(line) && line.size() < first_line.size()) return begin(first_line);
  if (line != first_line) {
    std::uint32_t sum = 0;
    constexpr std::size_t longest = std::size_t{1} << 24;
    std::string start = read_start(file_, longest);
    start.resize(std::min(start.find('\n'), start.size()));
    if (!start.starts_with(R"({"format":"widthwise-gram",)") || !whole(start, sum))
      throw InputError(file_.string(), "", "holds something else than a Gram matrix and is left alone");
    Json before = Json::parse(start);
    before.erase("crc32");
    const auto other = difference(before, header, "");
    if (!other) throw InputError(file_.string(), "", "its header was changed");
    throw InputError(
        file_.string(), other->field,
        "the file was begun with " + shown(other->before) + ", asked for is now " + shown(other->now));
  }

  std::uintmax_t good = first_line.size();
  while (tiles_ < most_tiles_ && std::getline(stream, line) && !stream.eof()) {
    if (!whole(line, sum_)) break;
    ++tiles_;
    good += line.size() + 1;
    if (line.ends_with(R"("converged":false)" + line.substr(line.size() - sealed_size))) ++short_tiles_;
  }
  cut_ = size - good;
  if ((cut_ > 0 && ::ftruncate(descriptor_, static_cast<off_t>(good)) != 0) ||
      ::lseek(descriptor_, 0, SEEK_END) < 0)
    throw InputError(file_.string(), "", std::string("cannot be written: ") + std::strerror(errno));
}

void GramFile::begin(const std::string& line) {
  begun_ = true;
  if (::ftruncate(descriptor_, 0) != 0)
    throw InputError(file_.string(), "", std::string("cannot be written: ") + std::strerror(errno));
  write(line);
}

void GramFile::append(const GramBlock<double>& block) {
  write(sealed(tile_json(block), sum_));
  ++tiles_;
  if (!block.converged) ++short_tiles_;
}

void GramFile::write(const std::string& line) {
  std::string_view left = line;
  const auto fail = [&] {
    throw InputError(file_.string(), "", std::string("cannot be written: ") + std::strerror(errno));
  };
  while (!left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written < 0 && errno != EINTR) fail();
    if (written > 0) left.remove_prefix(static_cast<std::size_t>(written));
  }
  // Some file systems have nothing to flush.
  if (::fdatasync(descriptor_) != 0 && errno != EINVAL) fail();
}

}  // namespace widthwise::program
