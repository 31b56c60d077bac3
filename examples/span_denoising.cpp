// SPDX-License-Identifier: MIT
// What do embeddings of deviation 0.02 do to a language model's kernels?
//
// An English text, its words the tokens, is corrupted as BART's pretraining does (section 2.4): spans of
// Poisson lengths of mean 3 give way to one mask token each, until 30 % of the words are gone. The encoder
// reads what is left, the decoder the text itself behind a start token. Kernels over depth of the paper's two
// set-ups of BART-large: standard, every deviation 0.02, and neural-tangent, C_WE = 1. The exit status says
// whether embeddings, of words and positions, leave nothing to other parameters in the standard one alone.
//
//   example_span_denoising [FILE.svg [WORDS [TEXT]]]
#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "flow/run.hpp"
#include "flow/summary.hpp"
#include "output/number_text.hpp"
#include "output/plot/figure.hpp"
#include "output/write_output.hpp"

namespace ww = widthwise;
namespace program = widthwise::program;
namespace plot = widthwise::program::plot;

namespace {

constexpr ww::Index start = 0, mask = 1;

// The first words of a text as numbers, in the order of their first appearance, behind start and mask.
std::vector<ww::Index> read_words(const std::string& file, std::size_t most) {
  std::ifstream text(file);
  if (!text) throw std::runtime_error(file + ": cannot be opened");
  std::map<std::string, ww::Index> known;
  std::vector<ww::Index> words;
  for (std::string piece; words.size() < most && text >> piece;) {
    std::string word;
    for (const char c : piece)
      if (std::isalpha(static_cast<unsigned char>(c)))
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (word.empty()) continue;
    words.push_back(known.emplace(word, static_cast<ww::Index>(known.size()) + 2).first->second);
  }
  if (words.size() < 10) throw std::runtime_error(file + ": has fewer than 10 words");
  return words;
}

// Uniform numbers, the same everywhere.
class Uniform {
 public:
  double next() { return std::ldexp(static_cast<double>(bits_() >> 11), -53); }

  // By multiplication of uniform numbers (Knuth).
  int poisson(double mean) {
    int count = -1;
    for (double product = 1; product > std::exp(-mean); ++count) product *= next();
    return count;
  }

 private:
  std::mt19937_64 bits_{5};
};

// Spans of Poisson lengths give way to one mask each, until the given part of the words is gone. Spans do not
// touch; an empty one puts a mask between two words.
std::vector<ww::Index> corrupted(std::vector<ww::Index> words, double part) {
  Uniform uniform;
  const auto wanted = static_cast<std::size_t>(std::lround(part * static_cast<double>(words.size())));
  for (std::size_t gone = 0; gone < wanted;) {
    const auto length = std::min(static_cast<std::size_t>(uniform.poisson(3)), wanted - gone);
    const auto first =
        static_cast<std::size_t>(uniform.next() * static_cast<double>(words.size() - length + 1));
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(first),
               end = begin + static_cast<std::ptrdiff_t>(length);
    const bool touches = std::find(begin, end, mask) != end || (first > 0 && *(begin - 1) == mask) ||
                         (end != words.end() && *end == mask);
    if (touches) continue;
    *words.insert(words.erase(begin, end), mask) = mask;
    gone += length;
  }
  return words;
}

plot::LinePanel kernels(const ww::Flow<double>& flow, const std::string& title) {
  plot::LinePanel panel{.title = title + ": variance and tangent kernel",
                        .x = {.label = "block", .whole = true},
                        .y = {.label = "mean of diagonal", .spacing = plot::Spacing::logarithmic}};
  std::size_t colour = 0;
  for (const std::string part : {"encoder", "decoder"}) {
    plot::Series forward{.label = "G, " + part, .mark = plot::Mark::dashed, .colour = colour},
        tangent{.label = "Θ, " + part, .mark = plot::Mark::line, .colour = colour++};
    for (const auto& block : flow.blocks) {
      if (block.part != part) continue;
      for (auto* series : {&forward, &tangent}) series->x.push_back(static_cast<double>(block.index));
      forward.y.push_back(program::mean_diagonal(block.forward.value));
      tangent.y.push_back(program::mean_diagonal(block.tangent.value));
    }
    panel.series.push_back(std::move(forward));
    panel.series.push_back(std::move(tangent));
  }
  return panel;
}

plot::LinePanel likeness(const ww::Flow<double>& flow, const std::string& title) {
  plot::LinePanel panel{.title = title + ": likeness of tokens",
                        .x = {.label = "block", .whole = true},
                        .y = {.label = "mean correlation in G", .range = std::pair(0.0, 1.0)}};
  for (const std::string part : {"encoder", "decoder"}) {
    plot::Series series{.label = part, .mark = plot::Mark::line};
    for (const auto& block : flow.blocks)
      if (const auto correlation = program::mean_correlation(block.forward.value); block.part == part) {
        series.x.push_back(static_cast<double>(block.index));
        series.y.push_back(correlation.value());
      }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

plot::BarPanel shares(const ww::Flow<double>& flow, const std::string& title) {
  plot::BarPanel panel{.title = title + ": what the output learns through",
                       .x_label = "group",
                       .y_label = "part of the output's Θ",
                       .bars = {"WE", "PE", "Q", "K", "V", "U", "W", "X"},
                       .layers = {{"both parts", {}}, {"encoder", {}}, {"decoder", {}}}};
  const double whole = program::mean_diagonal(flow.output_tangent.value);
  for (auto& layer : panel.layers) layer.heights.resize(panel.bars.size());
  for (const auto& group : flow.groups) {
    const auto own = group.name.substr(group.name.rfind('.') + 1);
    const auto bar = std::find(panel.bars.begin(), panel.bars.end(), own) - panel.bars.begin();
    auto& layer = panel.layers[group.name.starts_with("encoder")   ? 1
                               : group.name.starts_with("decoder") ? 2
                                                                   : 0];
    layer.heights[static_cast<std::size_t>(bar)] += std::max(group.tangent.value / whole, 0.0);
  }
  return panel;
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string picture = count > 1 ? arguments[1] : "span_denoising.svg";
  const std::size_t most = count > 2 ? std::stoul(arguments[2]) : 40;
  const std::string text = count > 3 ? arguments[3] : "/usr/share/common-licenses/GPL-3";
  const std::vector<ww::Index> words = read_words(text, most), source = corrupted(words, 0.3);
  std::vector<ww::Index> target{start};
  target.insert(target.end(), words.begin(), words.end() - 1);
  const program::InputPair input{ww::TokenIds{{1, static_cast<ww::Index>(source.size())}, source},
                                 ww::TokenIds{{1, static_cast<ww::Index>(target.size())}, target}};

  plot::Figure figure{
      .title = "BART-large at initialization reads English: embeddings of deviation 0.02 and of 1",
      .subtitle = std::to_string(words.size()) + " words, " + std::to_string(source.size()) +
                  " tokens after corruption; 12 + 12 layers",
      .rows = {{}, {}, {}}};
  std::vector<double> embeddings;
  for (const auto& [name, title] :
       {std::pair("bart-large", "Standard"), std::pair("bart-large-nt", "Neural-tangent")}) {
    const auto flow =
        program::run_flow(ww::encoder_decoder_preset(name), input, {.tolerance = 0.02, .seed = 1});
    figure.rows[0].push_back(kernels(flow, title));
    figure.rows[1].push_back(likeness(flow, title));
    figure.rows[2].push_back(shares(flow, title));
    const double whole = program::mean_diagonal(flow.output_tangent.value);
    double part = 0;
    for (const auto& group : flow.groups)
      if (group.name == "WE" || group.name.ends_with(".PE")) part += group.tangent.value / whole;
    embeddings.push_back(part);
    std::cout << title << ": Θ of the output " << program::rounded(whole) << ", of which embeddings have "
              << program::rounded(100 * part, 3) << " %; standard error at most "
              << program::rounded(std::max(flow.forward_error, flow.tangent_error), 2)
              << " of the largest entry, seed 1\n";
  }
  program::write_outputs({{picture, plot::svg(figure)}});
  std::cout << picture << ": kernels of " << words.size() << " words of " << text << '\n';
  return embeddings[0] > 0.99 && embeddings[1] < 0.5 ? 0 : 1;
} catch (const std::exception& failure) {
  std::cerr << "example_span_denoising: " << failure.what() << '\n';
  return 2;
}
