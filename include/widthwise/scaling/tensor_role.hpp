// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace widthwise {

/// What a tensor does, as its name tells: the group it belongs to, and whether it is the bias beside it.
///
/// Besides the names of groups there are QKV and gate_W, tensors that hold several groups one after the
/// other, and ignore, which is no parameter.
struct TensorRole {
  std::string name = {};  ///< empty where the name tells nothing
  bool bias = false;
};

/// The roles a tensor can be given.
inline constexpr std::array<std::string_view, 16> tensor_roles{
    "patch", "WE", "cls",  "PE",     "Q", "K",    "V",    "QKV",
    "U",     "W",  "gate", "gate_W", "X", "norm", "head", "ignore"};

namespace detail {

/// A tensor's name taken apart: words between dots or slashes, in lower case.
struct TensorName {
  std::vector<std::string> words = {};  ///< without a last one such as weight or bias
  bool bias = false;
  std::string layer =
      {};  ///< all up to the number of the layer, such as model.layers.7; empty outside layers
  std::string inside = {};   ///< the module of that layer it is in, such as attn
  std::string pattern = {};  ///< the whole name, a star in place of that number
};

/// Where the number of a layer starts in a word such as 7 or layers_7; its length where there is none.
inline std::size_t number_in(std::string_view word) {
  std::size_t first = word.size();
  while (first > 0 && '0' <= word[first - 1] && word[first - 1] <= '9') --first;
  return first == 0 || (first < word.size() && word[first - 1] == '_') ? first : word.size();
}

inline TensorName take_apart(const std::string& name) {
  TensorName parts{.pattern = name};
  std::size_t layer_word = 0;
  for (std::size_t start = 0; start <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("./", start), name.size());
    std::string word = name.substr(start, end - start);
    // ln_1 ends in a number too, but only behind the layer's; the last two words are the tensor's own.
    if (const std::size_t digits = number_in(word); parts.layer.empty() && digits < word.size()) {
      if (std::count_if(name.begin() + static_cast<std::ptrdiff_t>(end), name.end(),
                        [](char c) { return c == '.' || c == '/'; }) >= 1 + (digits > 0)) {
        layer_word = parts.words.size();
        parts.layer = name.substr(0, end);
        parts.pattern = name.substr(0, start + digits) + '*' + name.substr(end);
      }
    }
    for (char& c : word)
      if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    parts.words.push_back(std::move(word));
    start = end + 1;
  }

  std::string& last = parts.words.back();
  const auto ends = [&](std::string_view suffix) {
    return last.size() > suffix.size() && last.ends_with(suffix);
  };
  const auto is = [&](auto... words) {
    return ((last == words) || ...);
  };
  if (is("bias", "beta") || ends("_bias")) parts.bias = true;
  if (is("weight", "kernel", "embedding", "scale", "gamma", "bias", "beta") && parts.words.size() > 1)
    parts.words.pop_back();
  else if (ends("_weight") || ends("_bias"))
    last.resize(last.rfind('_'));
  if (!parts.layer.empty() && layer_word + 2 < parts.words.size()) parts.inside = parts.words[layer_word + 1];
  return parts;
}

/// A word that frameworks name modules by, and its role where a word around it speaks of attention, and
/// elsewhere.
struct KnownWord {
  std::string_view word, in_attention, elsewhere;
};

inline constexpr auto known_words = std::to_array<KnownWord>({
    {"q", "Q", ""},
    {"q_proj", "Q", "Q"},
    {"query", "Q", ""},
    {"wq", "Q", "Q"},
    {"k", "K", ""},
    {"k_proj", "K", "K"},
    {"key", "K", ""},
    {"wk", "K", "K"},
    {"v", "V", ""},
    {"v_proj", "V", "V"},
    {"value", "V", ""},
    {"wv", "V", "V"},
    {"c_attn", "QKV", ""},
    {"qkv", "QKV", "QKV"},
    {"qkv_proj", "QKV", "QKV"},
    {"in_proj", "QKV", ""},
    {"query_key_value", "QKV", "QKV"},
    {"o", "U", ""},
    {"o_proj", "U", "U"},
    {"out", "U", ""},
    {"out_proj", "U", ""},
    {"wo", "U", "X"},
    {"proj", "U", ""},
    {"c_proj", "U", "X"},
    {"c_fc", "", "W"},
    {"fc1", "", "W"},
    {"linear1", "", "W"},
    {"up_proj", "", "W"},
    {"wi", "", "W"},
    {"wi_1", "", "W"},
    {"dense_h_to_4h", "", "W"},
    {"gate_proj", "", "gate"},
    {"wi_0", "", "gate"},
    {"gate_up_proj", "", "gate_W"},
    {"fc2", "", "X"},
    {"linear2", "", "X"},
    {"down_proj", "", "X"},
    {"dense_4h_to_h", "", "X"},
    {"wte", "", "WE"},
    {"embed_tokens", "", "WE"},
    {"embed_in", "", "WE"},
    {"shared", "", "WE"},
    {"tok_embeddings", "", "WE"},
    {"word_embeddings", "", "WE"},
    {"wpe", "", "PE"},
    {"embed_positions", "", "PE"},
    {"pos_embed", "", "PE"},
    {"pos_embedding", "", "PE"},
    {"position_embeddings", "", "PE"},
    {"cls_token", "", "cls"},
    {"class_token", "", "cls"},
    {"conv_proj", "", "patch"},
    {"lm_head", "", "head"},
    {"embed_out", "", "head"},
    {"classifier", "", "head"},
    {"score", "", "head"},
    {"head", "", "head"},
});

/// Words that only their neighbours tell the role of.
inline std::string_view role_by_neighbour(std::string_view word, std::string_view before, bool attention) {
  if (before.starts_with("patch_embed") && (word == "proj" || word == "projection")) return "patch";
  if (word != "dense") return "";
  if (before == "intermediate") return "W";
  if (before == "output") return attention ? "U" : "X";
  return before.ends_with("attention") ? "U" : "";
}

}  // namespace detail

/// The role of a tensor by its name in the public implementations of GPT-2, LLaMA, ViT, BART, BERT, T5 and
/// their like.
///
/// Nothing is guessed: a name that is not known has an empty role.
inline TensorRole role_of(const std::string& tensor) {
  const detail::TensorName name = detail::take_apart(tensor);
  const std::string& word = name.words.back();
  if (word.find("norm") != std::string::npos || word.starts_with("ln_") ||
      (word.starts_with("ln") && word.find_first_not_of("0123456789", 2) == std::string::npos))
    return {"norm", name.bias};
  const bool attention = std::any_of(name.words.begin(), name.words.end(), [](const std::string& w) {
    return w.find("attn") != std::string::npos || w.find("attention") != std::string::npos;
  });
  const std::string_view before =
      name.words.size() > 1 ? std::string_view(name.words[name.words.size() - 2]) : std::string_view();
  if (const auto role = detail::role_by_neighbour(word, before, attention); !role.empty())
    return {std::string(role), name.bias};
  for (const auto& [known, in_attention, elsewhere] : detail::known_words)
    if (word == known) return {std::string(attention ? in_attention : elsewhere), name.bias};
  return {};
}

}  // namespace widthwise
