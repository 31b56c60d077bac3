// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json_text.hpp"

namespace widthwise::program {

/// One object of a JSON file, read strictly: every field is asked for by name and type, and none may be left
/// over.
///
/// All errors are InputErrors with the path of the field, such as `blocks[1].C_W`.
class JsonFields {
 public:
  /// `path` is that of the object itself, empty for the outermost. Throws where the value is no object.
  JsonFields(const Json& value, std::string file, std::string path);

  /// Whether there is a field of that name, which may be there.
  bool has(const std::string& name);

  bool truth(const std::string& name);
  std::int64_t whole_number(const std::string& name, std::int64_t least, std::int64_t most);
  double number_from_zero(const std::string& name);
  double positive_number(const std::string& name);
  /// One of the known words.
  std::string word(const std::string& name, const std::vector<std::string>& known);

  JsonFields object(const std::string& name);
  std::vector<JsonFields> objects(const std::string& name);

  /// Throws where the object has a field that was not asked for; to be called after all others.
  void require_no_other() const;

  [[noreturn]] void reject(const std::string& name, const std::string& reason) const;

 private:
  const Json& field(const std::string& name);
  std::string path_of(const std::string& name) const { return path_.empty() ? name : path_ + "." + name; }
  [[noreturn]] void reject_type(const std::string& name, const std::string& wanted, const Json& found) const;

  const Json* object_;
  std::string file_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace widthwise::program
