// SPDX-License-Identifier: MIT
#include "plan/patterns.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "widthwise/kernel/reject.hpp"

namespace widthwise::program {

namespace {

// Module names, a dot and the framework's word for the tensor; behind "|", names of llm.c.
const std::map<std::string, std::string>& patterns() {
  static const std::string start = R"((^|\.))", weight = R"([._](weight|kernel)$)",
                           table = R"((\.(weight|embedding))?$)", fused = "qkv|c_attn|Wqkv|in_proj|",
                           attention = R"([A-Za-z_]*[Aa]tt(n|ention)[_0-9]*\.)",
                           head = "(head|lm_head|classifier|score|output)";
  const auto projection = [&](const std::string& names) {
    return start + "(" + fused + names + ")" + weight + "|^qkvw$";
  };
  static const std::map<std::string, std::string> all{
      {"patch",
       start + R"((patch_embed(ding|dings)?(\.proj|\.projection)?|conv_proj|embedding)\.(weight|kernel)$)"},
      {"WE", start +
                 "(wte|embed_tokens|tok_embeddings|word_embeddings|token_embedding|tok_emb|embedding|embed)" +
                 table},
      {"cls", start + "(cls_token|class_token|class_embedding|cls)$"},
      {"PE",
       start +
           "(wpe|pos_embed|pos_embedding|pos_emb|position_embeddings?|positional_embedding|embed_positions)" +
           table},
      {"Q", projection("q_proj|query|wq|to_q")},
      {"K", projection("k_proj|key|wk|to_k")},
      {"V", projection("v_proj|value|wv|to_v")},
      {"U", start + attention + R"((proj|c_proj|out_proj|o_proj|out|wo|output\.dense|to_out\.0))" + weight +
                "|^attprojw$"},
      {"W", start + R"((fc1|c_fc|linear1|lin1|w1|up_proj|intermediate\.dense|mlp\.0|Dense_0))" + weight +
                "|^fcw$"},
      {"X", start + R"((fc2|mlp\.c_proj|linear2|lin2|w2|down_proj|[0-9]+\.output\.dense|mlp\.[23]|Dense_1))" +
                weight + "|^fcprojw$"},
      {"head", start + head + weight},
      {"head_bias", start + head + R"(\.bias$)"}};
  return all;
}

// The numbers of the layers, as in 0|3|5: a block's rank among those that have a group of this name.
std::string layers(const Hyperparameters& line, const Plan& plan) {
  std::vector<int> blocks;
  for (const auto& other : plan)
    if (other.name == line.name) blocks.insert(blocks.end(), other.blocks.begin(), other.blocks.end());
  std::sort(blocks.begin(), blocks.end());
  std::string numbers;
  for (const int block : line.blocks) {
    const auto rank = std::lower_bound(blocks.begin(), blocks.end(), block) - blocks.begin();
    numbers += (numbers.empty() ? "" : "|") + std::to_string(rank);
  }
  return numbers;
}

// The name in front of its first number that stands alone, the number, and what comes behind.
struct Numbered {
  std::string before, number, behind;
};

Numbered numbered(const std::string& name) {
  const auto is_digit = [&](std::size_t at) {
    return '0' <= name[at] && name[at] <= '9';
  };
  for (std::size_t start = 0; start < name.size(); ++start) {
    if (!is_digit(start) || (start > 0 && name[start - 1] != '.')) continue;
    std::size_t end = start;
    while (end < name.size() && is_digit(end)) ++end;
    if (end == name.size() || name[end] == '.')
      return {name.substr(0, start), name.substr(start, end - start), name.substr(end)};
    start = end;
  }
  return {name, "", ""};
}

std::string literal(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\.[]{}()*+?^$|)").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

std::string exact_pattern(const std::vector<std::string>& tensors) {
  std::vector<std::pair<Numbered, std::string>> names;  // that differ in their number alone, and the numbers
  for (const std::string& tensor : tensors) {
    const Numbered name = numbered(tensor);
    const auto known = std::find_if(names.begin(), names.end(), [&](const auto& other) {
      return !name.number.empty() && other.first.before == name.before && other.first.behind == name.behind;
    });
    if (known == names.end())
      names.emplace_back(name, name.number);
    else
      known->second += "|" + name.number;
  }
  std::string alternatives;
  for (const auto& [name, numbers] : names)
    alternatives += (alternatives.empty() ? "" : "|") + literal(name.before) +
                    (numbers.empty() ? "" : "(" + numbers + ")") + literal(name.behind);
  return R"(^((module|_orig_mod|params)\.)*()" + alternatives + ")$";
}

std::string name_pattern(const Hyperparameters& line, const Plan& plan) {
  const auto found = patterns().find(line.name);
  if (found == patterns().end()) detail::reject("no framework's name is known for the group ", line.name);
  const bool alone = std::count_if(plan.begin(), plan.end(),
                                   [&](const auto& other) { return other.name == line.name; }) == 1;
  return alone ? found->second : "(^|[^0-9])(" + layers(line, plan) + R"()(\..*)?()" + found->second + ")";
}

}  // namespace widthwise::program
