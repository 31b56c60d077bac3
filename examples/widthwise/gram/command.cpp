// SPDX-License-Identifier: MIT
#include "gram/command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include "flow/memory.hpp"
#include "gram/file.hpp"
#include "input/model_shape.hpp"
#include "input/read_input.hpp"
#include "model_choice.hpp"
#include "options.hpp"
#include "output/number_text.hpp"
#include "output/progress_bar.hpp"
#include "widthwise/kernel/parallel.hpp"

namespace widthwise::program {

namespace {

struct GramRequest {
  ModelChoice model;
  std::vector<std::filesystem::path> inputs;
  std::optional<Index> samples;
  GramSettings settings;
  std::optional<std::filesystem::path> output;
};

constexpr const char* gram_footer =
    R"(The kernels of the network's output between all samples: G, the covariance of their outputs, and Θ, the neural tangent
kernel, with standard errors. Pairs of samples are computed tile by tile, in the memory of a single tile for every thread,
and every finished tile is appended to the file. Whatever stopped a run, the same command goes on after the last whole
tile and ends with the same bytes; a file that was begun with other options, samples or model is refused. The file is
text with one JSON object a line.

Example:
  widthwise gram --preset vit-s32 --input train-images-idx3-ubyte.gz --samples 100 --tolerance 0.01 --output gram.ndjson)";

// A tile off the diagonal takes a flow through the samples of its rows and its columns, in every thread.
void require_memory(const GramRequest& request, const Model& model, const Input& input) {
  const TokenLayout rows = network_layout(model, layout_of(input));
  const GramTiling tiling = gram_tiling(request.settings, layout_of(input));
  const TokenLayout layout{std::min(rows.samples, 2 * tiling.side), rows.tokens};
  const Index threads = thread_count(request.settings.threads);
  const double needed =
      flow_bytes(layout, model.depth(), 1) * static_cast<double>(std::min(threads, tiling.count()));
  if (needed > machine_memory())
    throw InputError("--tile", "",
                     "tiles of " + std::to_string(tiling.side) + " samples would need about " +
                         grouped(needed / gibibyte) + " GiB of memory, but this machine has " +
                         grouped(machine_memory() / gibibyte) +
                         "; a smaller side or fewer threads need less");
}

void run(const GramRequest& request) {
  if (!request.output) throw InputError("--output", "", "is needed: the file that tiles are appended to");
  const Model model = load_model(request.model, "gram");
  const Input input = read_input(request.inputs, model, request.samples);
  require_memory(request, model, input);
  const Json header = gram_header(model, input, request.settings);
  GramFile file(*request.output, header);
  if (file.cut() > 0)
    std::cerr << "widthwise: gram goes on after tile " << file.tiles() << ": the " << file.cut()
              << " bytes after it in " << request.output->string() << " are no whole tile" << std::endl;

  const Index first = file.tiles(), total = header["tiles"].get<Index>();
  {
    ProgressBar bar("gram");
    bar.count(first == 0 ? "tiles" : "tiles left");
    bar.update(0, total - first);
    try {
      run_gram(model, input, request.settings, first, [&](const GramBlock<double>& block) {
        file.append(block);
        bar.update(file.tiles() - first, total - first);
      });
    } catch (const std::invalid_argument& error) {
      throw InputError(request.model.name(), "", error.what());
    }
  }
  if (file.short_tiles() > 0)
    std::cerr << "widthwise: gram stopped short of the tolerance " << rounded(request.settings.tolerance)
              << " in " << file.short_tiles() << " of " << total << " tiles; --max-draws allows more"
              << std::endl;
}

}  // namespace

void add_gram_command(CLI::App& program) {
  CLI::App& command =
      *program.add_subcommand("gram", "kernels of the output between all samples of an input");
  const auto request = std::make_shared<GramRequest>();
  GramSettings& settings = request->settings;
  add_model_options(command, request->model);
  add_input_options(command, request->inputs, request->samples);
  add_parsed(command, "--tile", settings.side, parse_size,
             "samples of a tile's side (default: as many as make 64 tokens,\nfrom 1 to 32)")
      ->type_name("N");
  add_parsed(command, "--tolerance", settings.tolerance, parse_positive_number,
             "wanted standard error of any entry of G and Θ in the flow of a\ntile, relative to the kernel's "
             "largest entry (default: 0.001)")
      ->type_name("R");
  add_sampling_options(command, settings);
  add_path_option(command, "--output", request->output, "the file that tiles are appended to; needed");
  command.footer(gram_footer);
  command.callback([request] { run(*request); });
}

}  // namespace widthwise::program
