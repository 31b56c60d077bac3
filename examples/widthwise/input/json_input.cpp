// SPDX-License-Identifier: MIT
#include "input/json_input.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include "input/input_error.hpp"
#include "input/read_text.hpp"
#include "json_text.hpp"

namespace widthwise::program {

namespace {

constexpr std::size_t largest_json = std::size_t{1} << 32;

// How many entries an array may have, and who says so.
struct Extent {
  std::string entries;
  Index least, most;
  std::string reason;
};

// Takes the parser's events, so that a large file needs no tree in memory and every error knows its place.
class InputEvents {
 public:
  InputEvents(std::string file, const InputShape& shape) : file_(std::move(file)) {
    constexpr Index any = std::numeric_limits<Index>::max();
    extents_.push_back({"samples", 1, any, "there must be one"});
    if (const auto* patches = std::get_if<PatchShape>(&shape)) {
      field_ = "patches";
      extents_.push_back({"patches", patches->tokens, patches->tokens, the_model_takes(patches->tokens)});
      extents_.push_back({"numbers", patches->inputs, patches->inputs, the_model_takes(patches->inputs)});
    } else {
      const auto& tokens = std::get<TokenShape>(shape);
      field_ = "token_ids";
      vocabulary_ = tokens.vocabulary;
      extents_.push_back({"tokens", 1, tokens.tokens, the_model_takes(tokens.tokens)});
    }
  }

  bool start_object(std::size_t) {
    if (place_.empty() && !in_object_ && !in_field_) return in_object_ = true;
    reject_type("an object");
  }
  bool end_object() {
    if (samples_ == 0) throw InputError(file_, field_, "missing field");
    return true;
  }
  bool key(const std::string& name) {
    if (name != field_) throw InputError(file_, name, "unknown field; for this model it should be " + field_);
    if (samples_ > 0) throw InputError(file_, name, "this field stands twice in one object");
    return in_field_ = true;
  }

  bool start_array(std::size_t) {
    if (!in_field_ || place_.size() == extents_.size()) reject_type("an array");
    if (!place_.empty()) require_room();
    place_.push_back(0);
    return true;
  }
  bool end_array() {
    const Extent& extent = extents_[place_.size() - 1];
    const Index count = place_.back();
    place_.pop_back();
    if (count < extent.least)
      throw InputError(file_, path(),
                       "has " + std::to_string(count) + " " + extent.entries + ", but " + extent.reason);
    if (place_.empty()) {
      samples_ = count;
      in_field_ = false;
      return true;
    }
    if (place_.size() == 1 && place_.back() == 0) tokens_ = count;
    if (place_.size() == 1 && field_ == "token_ids")
      extents_[1] = {"tokens", count, count, "the first sample has " + std::to_string(count)};
    ++place_.back();
    return true;
  }

  bool number_integer(std::int64_t number) {
    if (field_ == "patches") return add_number(static_cast<double>(number));
    return add_id(number, std::to_string(number));
  }
  bool number_unsigned(std::uint64_t number) {
    if (field_ == "patches") return add_number(static_cast<double>(number));
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    return add_id(number > largest ? -1 : static_cast<std::int64_t>(number), std::to_string(number));
  }
  bool number_float(double number, const std::string& written) {
    if (field_ == "patches") return add_number(number);
    reject_type(written);
  }
  bool null() { reject_type("null"); }
  bool boolean(bool value) { reject_type(value ? "true" : "false"); }
  bool string(const std::string&) { reject_type("a string"); }
  bool binary(const std::vector<std::uint8_t>&) { reject_type("binary"); }

  bool parse_error(std::size_t, const std::string& written, const Json::exception& error) {
    constexpr int number_overflow = 406;
    if (error.id == number_overflow) throw InputError(file_, path(), written + " is too large for a number");
    throw InputError(file_, "", json_reason(error));
  }

  Input input(const InputShape& shape) const {
    const TokenLayout layout{samples_, tokens_};
    if (std::holds_alternative<TokenShape>(shape)) return TokenIds{layout, ids_};
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    return Patches<double>{layout, Eigen::Map<const RowMajor>(numbers_.data(), layout.rows(),
                                                              std::get<PatchShape>(shape).inputs)};
  }

 private:
  static std::string the_model_takes(Index count) { return "the model takes " + std::to_string(count); }

  std::string path() const {
    std::string path = in_field_ ? field_ : "";
    for (const Index index : place_) path += "[" + std::to_string(index) + "]";
    return path;
  }
  [[noreturn]] void reject_type(const std::string& found) const {
    const std::string wanted = !in_field_                        ? "an object with the field " + field_
                               : place_.size() < extents_.size() ? "an array"
                               : field_ == "patches"             ? "a number"
                                                                 : "a whole number";
    throw InputError(file_, path(), "should be " + wanted + ", but is " + found);
  }
  void require_number(const std::string& found) const {
    if (!in_field_ || place_.size() < extents_.size()) reject_type(found);
    require_room();
  }
  void require_room() const {
    const Extent& extent = extents_[place_.size() - 1];
    if (place_.back() < extent.most) return;
    throw InputError(file_, path(), "is one of the " + extent.entries + " too many: " + extent.reason);
  }
  bool add_number(double number) {
    require_number("a number");
    numbers_.push_back(number);
    ++place_.back();
    return true;
  }
  bool add_id(std::int64_t id, const std::string& written) {
    require_number("a number");
    if (id < 0 || id >= vocabulary_)
      throw InputError(file_, path(),
                       written + " is not in the vocabulary of " + std::to_string(vocabulary_) + " items");
    ids_.push_back(id);
    ++place_.back();
    return true;
  }

  std::string file_, field_;
  std::vector<Extent> extents_;  // of the arrays at each depth
  std::vector<Index> place_;     // the entry that comes next in each array that is open
  bool in_object_ = false, in_field_ = false;
  Index vocabulary_ = 0, samples_ = 0, tokens_ = 0;
  std::vector<double> numbers_;
  std::vector<Index> ids_;
};

}  // namespace

Input parse_input(const std::string& text, const std::string& file, const InputShape& shape) {
  InputEvents events(file, shape);
  Json::sax_parse(text, &events);
  return events.input(shape);
}

Input read_json_input(const std::filesystem::path& file, const InputShape& shape) {
  return parse_input(read_text(file, largest_json), file.string(), shape);
}

}  // namespace widthwise::program
