// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <random>

#include "model_groups.hpp"

namespace widthwise::training {

/// Inputs of a model, and what it should say: a class for every image, the next byte for every byte.
struct Batch {
  torch::Tensor inputs;
  torch::Tensor targets;
};

/// Examples to train with, and others to measure by.
class Data {
 public:
  /// Images of an IDX directory, `train-images-idx3-ubyte.gz` and its like; the first 16,384 for training,
  /// the first 1,024 of the test set to measure by. Pixels run from −1 to 1. Throws InputError.
  static Data images(const std::filesystem::path& directory, const ModelSizes& sizes);

  /// A text, plain or gzipped, whose bytes are the tokens. Of every ten stretches of 4 KiB the last is held
  /// out; 512 windows of them are measured by. Throws InputError for a text that is too short.
  static Data text(const std::filesystem::path& file, const ModelSizes& sizes);

  /// Random examples of the training set, with replacement.
  Batch draw(std::int64_t size, std::mt19937_64& generator) const;

  const Batch& held_out() const { return held_out_; }

 private:
  ModelSizes sizes_;
  torch::Tensor inputs_,
      targets_;  // all images; or all bytes, and the places where a stretch for training begins
  Batch held_out_;
};

/// The data a task is trained on by default, where Debian's packages put them.
std::filesystem::path default_data(Task task);

/// The data of the task of these sizes: images of a directory, or a text. Throws InputError.
Data read_data(const std::filesystem::path& path, const ModelSizes& sizes);

}  // namespace widthwise::training
