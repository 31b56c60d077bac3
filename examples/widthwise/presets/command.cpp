// SPDX-License-Identifier: MIT
#include "presets/command.hpp"

#include <memory>

#include "model_choice.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "output/write_output.hpp"
#include "presets/report.hpp"

namespace widthwise::program {

namespace {

struct PresetsRequest {
  std::string show;
  std::string format;
  std::optional<std::filesystem::path> output;
};

constexpr const char* presets_footer =
    R"(Names for --preset, with the sizes of each model; blocks are residual blocks, attention and MLP counted apart. With
--show, the model file of one of them, to change and to use with --model.

Examples:
  widthwise presets
  widthwise presets --show vit-b16 --output model.json)";

void run(const PresetsRequest& request) {
  const std::string text = request.show.empty() ? presets_report(request.format)
                                                : json_text(model_json(load_preset(request.show, "--show")));
  write_outputs({{request.output, text}});
}

}  // namespace

void add_presets_command(CLI::App& program) {
  CLI::App& command = *program.add_subcommand("presets", "architectures that are known by name");
  const auto request = std::make_shared<PresetsRequest>();
  command.add_option("--show", request->show, "print the model file of this preset")->type_name("NAME");
  add_format_option(command, request->format, {"table", "json"});
  add_output_option(command, request->output);
  command.footer(presets_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::program
