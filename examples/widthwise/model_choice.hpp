// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "model_file.hpp"

namespace widthwise::program {

/// Where a command takes its model from: a preset or a model file, exactly one of them.
struct ModelChoice {
  std::string preset;
  std::string file;

  /// What errors and headings call the model.
  const std::string& name() const { return preset.empty() ? file : preset; }
};

/// Gives a command the options --preset and --model.
void add_model_options(CLI::App& command, ModelChoice& choice);

/// The preset that an option names. Throws InputError.
AnyModel load_preset(const std::string& name, const std::string& option = "--preset");

/// The chosen model. Throws InputError where both or none are given, and for a name or a file that will not
/// do.
AnyModel load_any_model(const ModelChoice& choice);

/// The same for `command`, which takes no encoder–decoder.
Model load_model(const ModelChoice& choice, const std::string& command);

/// The same model at another width, with as many heads as before. Throws InputError where they do not divide
/// it.
Model with_width(const Model& model, Index width);
EncoderDecoderModel with_width(const EncoderDecoderModel& model, Index width);

}  // namespace widthwise::program
