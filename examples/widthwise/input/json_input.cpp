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

// A field of the input: samples of patches or of token ids.
struct Field {
  std::string name;
  bool patches = false;
  std::vector<Extent> extents;  // of the arrays at each depth
  Index inputs = 0, vocabulary = 0;
  std::vector<Index> lengths = {};  // tokens of each sample that has ended
  std::vector<double> numbers = {};
  std::vector<Index> ids = {};
};

std::string the_model_takes(Index count) {
  return "the model takes " + std::to_string(count);
}

Field field_of(std::string name, const InputShape& shape) {
  constexpr Index any = std::numeric_limits<Index>::max();
  Field field{.name = std::move(name), .extents = {{"samples", 1, any, "there must be one"}}};
  if (const auto* patches = std::get_if<PatchShape>(&shape)) {
    field.patches = true;
    field.inputs = patches->inputs;
    field.extents.push_back({"patches", patches->tokens, patches->tokens, the_model_takes(patches->tokens)});
    field.extents.push_back({"numbers", patches->inputs, patches->inputs, the_model_takes(patches->inputs)});
  } else {
    const auto& tokens = std::get<TokenShape>(shape);
    field.vocabulary = tokens.vocabulary;
    field.extents.push_back({"tokens", 1, tokens.tokens, the_model_takes(tokens.tokens)});
  }
  return field;
}

Input input_of(const Field& field) {
  const TokenLayout layout = TokenLayout::of_lengths(field.lengths);
  if (!field.patches) return TokenIds{layout, field.ids};
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Patches<double>{layout,
                         Eigen::Map<const RowMajor>(field.numbers.data(), layout.rows(), field.inputs)};
}

// Takes the parser's events, so that a large file needs no tree in memory and every error knows its place.
class InputEvents {
 public:
  /// Takes the fields in, one or two of them.
  InputEvents(std::string file, std::vector<Field>& fields) : file_(std::move(file)), fields_(fields) {}

  bool start_object(std::size_t) {
    if (place_.empty() && !in_object_ && !field_) return in_object_ = true;
    reject_type("an object");
  }
  bool end_object() {
    for (const Field& field : fields_)
      if (field.lengths.empty()) throw InputError(file_, field.name, "missing field");
    return true;
  }
  bool key(const std::string& name) {
    for (Field& field : fields_)
      if (field.name == name) {
        if (!field.lengths.empty()) throw InputError(file_, name, "this field stands twice in one object");
        field_ = &field;
        return true;
      }
    throw InputError(file_, name, "unknown field; for this model it should be " + names(" or "));
  }

  bool start_array(std::size_t) {
    if (!field_ || place_.size() == field_->extents.size()) reject_type("an array");
    if (!place_.empty()) require_room();
    place_.push_back(0);
    return true;
  }
  bool end_array() {
    const Extent& extent = field_->extents[place_.size() - 1];
    const Index count = place_.back();
    place_.pop_back();
    if (count < extent.least)
      throw InputError(file_, path(),
                       "has " + std::to_string(count) + " " + extent.entries + ", but " + extent.reason);
    if (place_.empty()) {
      field_ = nullptr;
      return true;
    }
    if (place_.size() == 1) field_->lengths.push_back(count);
    ++place_.back();
    return true;
  }

  bool number_integer(std::int64_t number) {
    if (takes_patches()) return add_number(static_cast<double>(number));
    return add_id(number, std::to_string(number));
  }
  bool number_unsigned(std::uint64_t number) {
    if (takes_patches()) return add_number(static_cast<double>(number));
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    return add_id(number > largest ? -1 : static_cast<std::int64_t>(number), std::to_string(number));
  }
  bool number_float(double number, const std::string& written) {
    if (takes_patches()) return add_number(number);
    reject_type(field_ ? written : "a number");
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

 private:
  bool takes_patches() const { return field_ && field_->patches; }
  std::string names(const std::string& between) const {
    std::string names;
    for (const Field& field : fields_) names += (names.empty() ? "" : between) + field.name;
    return names;
  }
  std::string path() const {
    std::string path = field_ ? field_->name : "";
    for (const Index index : place_) path += "[" + std::to_string(index) + "]";
    return path;
  }
  [[noreturn]] void reject_type(const std::string& found) const {
    const std::string wanted =
        !field_ ? (fields_.size() > 1 ? "an object with the fields " : "an object with the field ") +
                      names(" and ")
        : place_.size() < field_->extents.size() ? "an array"
        : field_->patches                        ? "a number"
                                                 : "a whole number";
    throw InputError(file_, path(), "should be " + wanted + ", but is " + found);
  }
  void require_number(const std::string& found) const {
    if (!field_ || place_.size() < field_->extents.size()) reject_type(found);
    require_room();
  }
  void require_room() const {
    const Extent& extent = field_->extents[place_.size() - 1];
    if (place_.back() < extent.most) return;
    throw InputError(file_, path(), "is one of the " + extent.entries + " too many: " + extent.reason);
  }
  bool add_number(double number) {
    require_number("a number");
    field_->numbers.push_back(number);
    ++place_.back();
    return true;
  }
  bool add_id(std::int64_t id, const std::string& written) {
    require_number("a number");
    if (id < 0 || id >= field_->vocabulary)
      throw InputError(
          file_, path(),
          written + " is not in the vocabulary of " + std::to_string(field_->vocabulary) + " items");
    field_->ids.push_back(id);
    ++place_.back();
    return true;
  }

  std::string file_;
  std::vector<Field>& fields_;
  Field* field_ = nullptr;    // the one that is open
  std::vector<Index> place_;  // the entry that comes next in each array that is open
  bool in_object_ = false;
};

}  // namespace

Input parse_input(const std::string& text, const std::string& file, const InputShape& shape) {
  const bool patches = std::holds_alternative<PatchShape>(shape);
  std::vector<Field> fields{field_of(patches ? "patches" : "token_ids", shape)};
  InputEvents events(file, fields);
  Json::sax_parse(text, &events);
  return input_of(fields.front());
}

InputPair parse_input_pair(const std::string& text, const std::string& file, const PairShape& shape) {
  std::vector<Field> fields{field_of("source", shape.source), field_of("target", shape.target)};
  InputEvents events(file, fields);
  Json::sax_parse(text, &events);
  const std::size_t sources = fields[0].lengths.size(), targets = fields[1].lengths.size();
  if (sources != targets)
    throw InputError(
        file, "target",
        "has " + std::to_string(targets) + " samples, but source has " + std::to_string(sources));
  return {input_of(fields[0]), std::get<TokenIds>(input_of(fields[1]))};
}

Input read_json_input(const std::filesystem::path& file, const InputShape& shape) {
  return parse_input(read_text(file, largest_json), file.string(), shape);
}

InputPair read_json_pair(const std::filesystem::path& file, const PairShape& shape) {
  return parse_input_pair(read_text(file, largest_json), file.string(), shape);
}

}  // namespace widthwise::program
