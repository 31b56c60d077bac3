// SPDX-License-Identifier: MIT
#include "model_choice.hpp"

#include <stdexcept>

#include "input/input_error.hpp"
#include "model_file.hpp"
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

Model load_preset(const std::string& name, const std::string& option) {
  try {
    return preset(name);
  } catch (const std::invalid_argument& error) {
    throw InputError(option, "", error.what());
  }
}

Model load_model(const ModelChoice& choice) {
  if (choice.preset.empty() == choice.file.empty())
    throw InputError("--preset or --model", "", "exactly one of them is needed");
  return choice.preset.empty() ? read_model(choice.file) : load_preset(choice.preset);
}

Model with_width(const Model& model, Index width) {
  try {
    Model wider({width, model.sizes.heads}, model.stem, model.blocks, model.head, model.learning_rates);
    parameter_groups(wider);  // refuses a width that an MLP multiplier does not fit
    return wider;
  } catch (const std::invalid_argument& error) {
    throw InputError("--width", "", error.what());
  }
}

}  // namespace widthwise::program
