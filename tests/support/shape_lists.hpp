// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "widthwise/scaling/shapes.hpp"

// Names and shapes of parameters as PyTorch's named_parameters() gives them for the models of Hugging Face
// transformers, written down from their code and their public configurations.
namespace widthwise::test {

/// Adds a weight and, unless it has none, its bias.
inline void add_linear(TensorList& list, const std::string& name, std::int64_t outputs, std::int64_t inputs,
                       bool bias = true) {
  list.push_back({name + ".weight", {outputs, inputs}});
  if (bias) list.push_back({name + ".bias", {outputs}});
}

inline void add_norm(TensorList& list, const std::string& name, std::int64_t size) {
  list.push_back({name + ".weight", {size}});
  list.push_back({name + ".bias", {size}});
}

/// GPT2LMHeadModel: its linear maps are Conv1D, inputs × outputs, and its head is its word embedding.
/// gpt2 is 768, 12; gpt2-medium 1024, 24; gpt2-large 1280, 36; gpt2-xl 1600, 48.
inline TensorList gpt2_shapes(std::int64_t n, int layers) {
  TensorList list{{"transformer.wte.weight", {50257, n}}, {"transformer.wpe.weight", {1024, n}}};
  const auto conv = [&](const std::string& name, std::int64_t inputs, std::int64_t outputs) {
    list.push_back({name + ".weight", {inputs, outputs}});
    list.push_back({name + ".bias", {outputs}});
  };
  for (int layer = 0; layer < layers; ++layer) {
    const std::string h = "transformer.h." + std::to_string(layer) + ".";
    add_norm(list, h + "ln_1", n);
    conv(h + "attn.c_attn", n, 3 * n);
    conv(h + "attn.c_proj", n, n);
    add_norm(list, h + "ln_2", n);
    conv(h + "mlp.c_fc", n, 4 * n);
    conv(h + "mlp.c_proj", 4 * n, n);
  }
  add_norm(list, "transformer.ln_f", n);
  return list;
}

/// Sizes of a LLaMA; all have heads of 128 channels.
struct LlamaSizes {
  std::int64_t width, hidden, key_channels;
  int layers;
  std::int64_t vocabulary;
};

/// Llama 1 of 7 and 13 billion parameters (arXiv 2302.13971), Llama 3 of 8 and 70.
inline constexpr LlamaSizes llama_7b{4096, 11008, 4096, 32, 32000}, llama_13b{5120, 13824, 5120, 40, 32000},
    llama3_8b{4096, 14336, 1024, 32, 128256}, llama3_70b{8192, 28672, 1024, 80, 128256};

/// LlamaForCausalLM.
inline TensorList llama_shapes(const LlamaSizes& z) {
  const std::int64_t n = z.width;
  TensorList list{{"model.embed_tokens.weight", {z.vocabulary, n}}};
  for (int layer = 0; layer < z.layers; ++layer) {
    const std::string l = "model.layers." + std::to_string(layer) + ".";
    add_linear(list, l + "self_attn.q_proj", n, n, false);
    add_linear(list, l + "self_attn.k_proj", z.key_channels, n, false);
    add_linear(list, l + "self_attn.v_proj", z.key_channels, n, false);
    add_linear(list, l + "self_attn.o_proj", n, n, false);
    add_linear(list, l + "mlp.gate_proj", z.hidden, n, false);
    add_linear(list, l + "mlp.up_proj", z.hidden, n, false);
    add_linear(list, l + "mlp.down_proj", n, z.hidden, false);
    list.push_back({l + "input_layernorm.weight", {n}});
    list.push_back({l + "post_attention_layernorm.weight", {n}});
  }
  list.push_back({"model.norm.weight", {n}});
  list.push_back({"lm_head.weight", {z.vocabulary, n}});
  return list;
}

/// ViTForImageClassification on 224×224 images in patches of 16×16, with 1000 classes:
/// google/vit-base-patch16 is 768, 12; large 1024, 24.
inline TensorList vit_shapes(std::int64_t n, int layers) {
  TensorList list{{"vit.embeddings.cls_token", {1, 1, n}},
                  {"vit.embeddings.position_embeddings", {1, 197, n}},
                  {"vit.embeddings.patch_embeddings.projection.weight", {n, 3, 16, 16}},
                  {"vit.embeddings.patch_embeddings.projection.bias", {n}}};
  for (int layer = 0; layer < layers; ++layer) {
    const std::string l = "vit.encoder.layer." + std::to_string(layer) + ".";
    for (const char* name : {"query", "key", "value"})
      add_linear(list, l + "attention.attention." + name, n, n);
    add_linear(list, l + "attention.output.dense", n, n);
    add_linear(list, l + "intermediate.dense", 4 * n, n);
    add_linear(list, l + "output.dense", n, 4 * n);
    add_norm(list, l + "layernorm_before", n);
    add_norm(list, l + "layernorm_after", n);
  }
  add_norm(list, "vit.layernorm", n);
  add_linear(list, "classifier", 1000, n);
  return list;
}

/// BartForConditionalGeneration: facebook/bart-base is 768, 6; bart-large 1024, 12. Encoder, decoder and head
/// share one word embedding.
inline TensorList bart_shapes(std::int64_t n, int layers) {
  TensorList list{{"model.shared.weight", {50265, n}}};
  for (const std::string half : {"encoder", "decoder"}) {
    const std::string h = "model." + half + ".";
    list.push_back({h + "embed_positions.weight", {1026, n}});
    for (int layer = 0; layer < layers; ++layer) {
      const std::string l = h + "layers." + std::to_string(layer) + ".";
      const auto attention = [&](const std::string& module) {
        for (const char* name : {"k_proj", "v_proj", "q_proj", "out_proj"})
          add_linear(list, l + module + "." + name, n, n);
        add_norm(list, l + module + "_layer_norm", n);
      };
      attention("self_attn");
      if (half == "decoder") attention("encoder_attn");
      add_linear(list, l + "fc1", 4 * n, n);
      add_linear(list, l + "fc2", n, 4 * n);
      add_norm(list, l + "final_layer_norm", n);
    }
    add_norm(list, h + "layernorm_embedding", n);
  }
  return list;
}

/// The entry of that name.
inline NamedShape& entry(TensorList& list, const std::string& name) {
  for (NamedShape& tensor : list)
    if (tensor.name == name) return tensor;
  detail::reject("no tensor ", name);
}

}  // namespace widthwise::test
