// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace widthwise::test {

inline const std::string vision_model_text = R"({ "width": 768, "heads": 12, "norm": {"epsilon": 1e-6},
  "stem": {"kind": "patch", "inputs": 768, "tokens": 196, "C_patch": 1, "C_PE": 0.0004},
  "blocks": [ {"kind": "attention", "mask": "none", "C_Q": 0.5, "C_K": 0.25, "C_V": 0.75, "C_U": 0.333},
              {"kind": "mlp", "activation": "gelu", "multiplier": 4, "C_W": 0.4, "C_X": 1.6} ],
  "repeat": 12,
  "head": {"kind": "linear", "outputs": 1000, "bias": true, "C_head": 1, "pool": "mean"},
  "learning_rate": {"patch": 1, "PE": 1, "K": 2, "head_bias": 1} })";

inline const std::string language_model_text = R"({ "width": 32, "heads": 2, "norm": {"epsilon": 1e-5},
  "stem": {"kind": "token", "vocabulary": 20, "tokens": 3, "C_WE": 1.5, "C_PE": 0.1},
  "blocks": [ {"kind": "attention", "mask": "causal", "C_Q": 1, "C_K": 1, "C_V": 1, "C_U": 1},
              {"kind": "mlp", "activation": "relu", "multiplier": 3, "C_W": 1, "C_X": 1} ],
  "head": {"kind": "tied", "pool": "none"},
  "learning_rate": {"V": 1} })";

inline const std::string pair_model_text = R"({ "width": 32, "heads": 2, "norm": {"epsilon": 1e-5},
  "encoder": {"stem": {"kind": "token", "vocabulary": 20, "tokens": 4, "C_WE": 1.5, "C_PE": 0.1},
    "before": [ {"kind": "norm"} ],
    "blocks": [ {"kind": "attention", "mask": "none", "C_Q": 1, "C_K": 1, "C_V": 1, "C_U": 1},
                {"kind": "mlp", "activation": "relu", "multiplier": 3, "C_W": 1, "C_X": 1} ],
    "repeat": 2,
    "after": [ {"kind": "norm"} ]},
  "decoder": {"stem": {"kind": "token", "vocabulary": 20, "tokens": 3, "C_WE": 1.5, "C_PE": 0.2},
    "blocks": [ {"kind": "attention", "mask": "causal", "C_Q": 1, "C_K": 1, "C_V": 1, "C_U": 1},
                {"kind": "cross-attention", "C_Q": 1.25, "C_K": 1, "C_V": 1, "C_U": 0.5} ]},
  "head": {"kind": "tied", "pool": "none"},
  "learning_rate": {"V": 2} })";

/// The text with the first occurrence of a piece replaced; the piece must be there.
inline std::string replaced(std::string text, const std::string& piece, const std::string& by) {
  const auto at = text.find(piece);
  if (at == std::string::npos) throw std::logic_error("the text has no " + piece);
  return text.replace(at, piece.size(), by);
}

}  // namespace widthwise::test
