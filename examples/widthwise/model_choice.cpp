// SPDX-License-Identifier: MIT
#include "model_choice.hpp"

#include <optional>
#include <stdexcept>

#include "input/input_error.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/network/presets.hpp"

namespace widthwise::program {

void add_model_options(CLI::App& command, ModelChoice& choice) {
  command.add_option("--preset", choice.preset, "a well-known architecture; `widthwise presets` lists them")
      ->type_name("NAME");
  command
      .add_option("--model", choice.file,
                  "a model file; `widthwise presets --show NAME` prints one to start from")
      ->type_name("FILE");
}

AnyModel load_preset(const std::string& name, const std::string& option) {
  std::string known;
  const auto find = [&](const auto& list) -> std::optional<AnyModel> {
    for (const auto& candidate : list) {
      if (candidate.name == name) return candidate.model;
      known += (known.empty() ? "" : ", ") + std::string(candidate.name);
    }
    return std::nullopt;
  };
  if (const auto model = find(presets())) return *model;
  if (const auto model = find(encoder_decoder_presets())) return *model;
  throw InputError(option, "", "preset \"" + name + "\" is not one of " + known);
}

AnyModel load_any_model(const ModelChoice& choice) {
  if (choice.preset.empty() == choice.file.empty())
    throw InputError("--preset or --model", "", "exactly one of them is needed");
  return choice.preset.empty() ? read_any_model(choice.file) : load_preset(choice.preset);
}

Model load_model(const ModelChoice& choice, const std::string& command) {
  const AnyModel model = load_any_model(choice);
  if (const auto* transformer = std::get_if<Model>(&model)) return *transformer;
  throw InputError(choice.name(), "",
                   "is an encoder–decoder, which `widthwise " + command + "` does not take");
}

namespace {

// Refuses a width that an MLP multiplier does not fit.
template <class AnyNetwork>
AnyNetwork accepted(AnyNetwork model) {
  parameter_groups(model);
  return model;
}

template <class Make>
auto at_width(Make&& make) {
  try {
    return accepted(make());
  } catch (const std::invalid_argument& error) {
    throw InputError("--width", "", error.what());
  }
}

}  // namespace

Model with_width(const Model& model, Index width) {
  return at_width([&] {
    return Model({width, model.sizes.heads}, model.stem, model.blocks, model.head, model.learning_rates);
  });
}

EncoderDecoderModel with_width(const EncoderDecoderModel& model, Index width) {
  return at_width([&] {
    return EncoderDecoderModel({width, model.sizes.heads}, model.encoder_stem, model.encoder,
                               model.decoder_stem, model.decoder, model.head, model.learning_rates);
  });
}

}  // namespace widthwise::program
