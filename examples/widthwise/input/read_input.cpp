// SPDX-License-Identifier: MIT
#include "input/read_input.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "input/idx.hpp"
#include "input/image.hpp"
#include "input/input_error.hpp"
#include "input/json_input.hpp"
#include "input/text_input.hpp"

namespace widthwise::program {

namespace {

enum class Kind { json, image, idx, text };

Kind kind_of(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto ends = [&](const auto&... endings) {
    return (name.ends_with(endings) || ...);
  };
  if (ends(".json")) return Kind::json;
  if (ends(".png", ".jpg", ".jpeg", ".ppm", ".pgm")) return Kind::image;
  if (ends(".idx", ".idx.gz", "-ubyte", "-ubyte.gz")) return Kind::idx;
  if (ends(".txt")) return Kind::text;
  throw InputError(
      file.string(), "",
      "is of no known kind: .json, .png, .jpg, .ppm, .pgm, .idx, .idx.gz, -ubyte, -ubyte.gz, .txt");
}

ImageGeometry geometry_for(const InputShape& shape, const std::string& file) {
  const auto* patches = std::get_if<PatchShape>(&shape);
  if (!patches) throw InputError(file, "", "holds images, but the model reads tokens");
  const auto geometry = image_geometry(patches->tokens, patches->inputs);
  if (!geometry)
    throw InputError(file, "",
                     "no square image gives the " + std::to_string(patches->tokens) + " patches of " +
                         std::to_string(patches->inputs) + " numbers that the model reads");
  return *geometry;
}

Input read_one(const std::filesystem::path& file, const InputShape& shape, std::optional<Index> samples) {
  const std::string name = file.string();
  switch (kind_of(file)) {
    case Kind::json:
      return read_json_input(file, shape);
    case Kind::image:
      return read_image(file, geometry_for(shape, name));
    case Kind::idx:
      if (!samples) throw InputError(name, "", "a data set needs --samples, the number of images to take");
      return read_idx(file, geometry_for(shape, name), *samples);
    case Kind::text:
      break;
  }
  const auto* tokens = std::get_if<TokenShape>(&shape);
  if (!tokens) throw InputError(name, "", "holds text, but the model reads patches");
  return read_text_input(file, *tokens);
}

template <class OneInput>
OneInput join_as(const std::vector<Input>& inputs) {
  std::vector<OneInput> same;
  for (const auto& input : inputs) same.push_back(std::get<OneInput>(input));
  return join(same);
}

Input joined(const std::vector<Input>& inputs, const InputShape& shape) {
  return std::holds_alternative<PatchShape>(shape) ? Input(join_as<Patches<double>>(inputs))
                                                   : Input(join_as<TokenIds>(inputs));
}

void require_choice(const std::vector<std::filesystem::path>& files, std::optional<Index> samples) {
  if (files.empty()) throw InputError("--input", "", "no file was given");
  if (samples && *samples < 1) throw InputError("--samples", "", "should be at least 1");
}

void require_samples(std::optional<Index> asked, Index found) {
  if (asked && found < *asked)
    throw InputError("--samples", "",
                     std::to_string(*asked) + " were asked for, but the input has " + std::to_string(found));
}

}  // namespace

Input read_input(const std::vector<std::filesystem::path>& files, const InputShape& shape,
                 std::optional<Index> samples) {
  require_choice(files, samples);
  std::vector<Input> inputs;
  Index found = 0;
  for (const auto& file : files) {
    std::optional<Index> missing;
    if (samples) missing = *samples - found;
    if (missing == 0) break;
    Input input = read_one(file, shape, missing);
    if (missing && layout_of(input).samples > *missing) input = first_samples(input, *missing);
    found += layout_of(input).samples;
    inputs.push_back(std::move(input));
  }
  require_samples(samples, found);
  return joined(inputs, shape);
}

InputPair read_input_pair(const std::vector<std::filesystem::path>& files, const PairShape& shape,
                          std::optional<Index> samples) {
  require_choice(files, samples);
  std::vector<Input> sources;
  std::vector<TokenIds> targets;
  Index found = 0;
  for (std::size_t i = 0; i < files.size() && !(samples && found >= *samples); ++i) {
    const std::string name = files[i].string();
    if (kind_of(files[i]) == Kind::json) {
      InputPair pair = read_json_pair(files[i], shape);
      sources.push_back(std::move(pair.source));
      targets.push_back(std::move(pair.target));
    } else {
      if (kind_of(files[i]) == Kind::idx)
        throw InputError(name, "", "holds no pairs of a source and a target");
      if (i + 1 == files.size() || kind_of(files[i + 1]) != Kind::text)
        throw InputError(name, "", "is a source, behind which a .txt file must stand as its target");
      sources.push_back(read_one(files[i], shape.source, {}));
      targets.push_back(read_text_input(files[++i], shape.target));
    }
    found += targets.back().layout.samples;
  }
  require_samples(samples, found);
  InputPair pair{joined(sources, shape.source), join(targets)};
  if (samples) pair = {first_samples(pair.source, *samples), first_samples(pair.target, *samples)};
  return pair;
}

std::string names_of(const std::vector<std::filesystem::path>& files) {
  const std::string first = files.front().filename().string();
  return files.size() == 1 ? first : first + " and " + std::to_string(files.size() - 1) + " more";
}

}  // namespace widthwise::program
