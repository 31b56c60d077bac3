// SPDX-License-Identifier: MIT
#include "data.hpp"

#include "input/gzip_file.hpp"
#include "input/idx.hpp"
#include "input/input_error.hpp"

namespace widthwise::training {

namespace {

constexpr std::int64_t training_images = 16384, held_out_images = 1024;
constexpr std::int64_t stretch = 4096, held_out_of = 10, held_out_windows = 512;

Batch read_images(const std::filesystem::path& directory, const std::string& set, std::int64_t count,
                  const ModelSizes& sizes) {
  const program::ImageGeometry geometry{.image_size = 28, .patch_size = 7, .channels = 1};
  const auto images = program::read_idx(directory / (set + "-images-idx3-ubyte.gz"), geometry, count);
  const auto labels = program::read_idx_labels(directory / (set + "-labels-idx1-ubyte.gz"), count);
  torch::Tensor inputs = torch::empty({count, sizes.tokens, sizes.inputs});
  Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> rows(
      inputs.data_ptr<float>(), count * sizes.tokens, sizes.inputs);
  rows = images.values.cast<float>();
  torch::Tensor targets = torch::empty({count}, torch::kLong);
  std::copy(labels.begin(), labels.end(), targets.data_ptr<std::int64_t>());
  return {inputs, targets};
}

// Bytes from `start` on, and those that follow them.
Batch windows(const torch::Tensor& bytes, const std::vector<std::int64_t>& starts, std::int64_t tokens) {
  const auto count = static_cast<std::int64_t>(starts.size());
  torch::Tensor inputs = torch::empty({count, tokens}, torch::kLong),
                targets = torch::empty({count, tokens}, torch::kLong);
  const std::uint8_t* text = bytes.data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* start = text + starts[static_cast<std::size_t>(i)];
    std::copy(start, start + tokens, inputs.data_ptr<std::int64_t>() + i * tokens);
    std::copy(start + 1, start + tokens + 1, targets.data_ptr<std::int64_t>() + i * tokens);
  }
  return {inputs, targets};
}

// Whole numbers below `end`, the same with every standard library.
std::int64_t below(std::int64_t end, std::mt19937_64& generator) {
  return static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(end));
}

}  // namespace

Data Data::images(const std::filesystem::path& directory, const ModelSizes& sizes) {
  Data data;
  data.sizes_ = sizes;
  const Batch all = read_images(directory, "train", training_images, sizes);
  data.inputs_ = all.inputs;
  data.targets_ = all.targets;
  data.held_out_ = read_images(directory, "t10k", held_out_images, sizes);
  return data;
}

Data Data::text(const std::filesystem::path& file, const ModelSizes& sizes) {
  Data data;
  data.sizes_ = sizes;
  const std::vector<unsigned char> bytes = program::GzipFile(file).rest();
  const auto stretches = static_cast<std::int64_t>(bytes.size()) / stretch;
  if (stretches < held_out_of)
    throw program::InputError(file.string(), "",
                              "has " + std::to_string(bytes.size()) + " bytes, which is too short a text: " +
                                  std::to_string(held_out_of * stretch) + " are needed");
  data.inputs_ = torch::empty({static_cast<std::int64_t>(bytes.size())}, torch::kByte);
  std::copy(bytes.begin(), bytes.end(), data.inputs_.data_ptr<std::uint8_t>());
  std::vector<std::int64_t> training, held_out;
  for (std::int64_t i = 0; i < stretches; ++i)
    (i % held_out_of == held_out_of - 1 ? held_out : training).push_back(i * stretch);
  data.targets_ = torch::tensor(training, torch::kLong);
  std::vector<std::int64_t> starts;
  std::mt19937_64 generator(0);
  for (std::int64_t i = 0; i < held_out_windows; ++i)
    starts.push_back(held_out[static_cast<std::size_t>(i) % held_out.size()] +
                     below(stretch - sizes.tokens, generator));
  data.held_out_ = windows(data.inputs_, starts, sizes.tokens);
  return data;
}

Batch Data::draw(std::int64_t size, std::mt19937_64& generator) const {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t place = below(targets_.size(0), generator);
    places.push_back(sizes_.task == Task::vision ? place
                                                 : targets_.data_ptr<std::int64_t>()[place] +
                                                       below(stretch - sizes_.tokens, generator));
  }
  if (sizes_.task == Task::text) return windows(inputs_, places, sizes_.tokens);
  const torch::Tensor chosen = torch::tensor(places, torch::kLong);
  return {inputs_.index_select(0, chosen), targets_.index_select(0, chosen)};
}

std::filesystem::path default_data(Task task) {
  return task == Task::vision ? "/usr/share/datasets/fashion-mnist" : "/usr/share/dictd/jargon.dict.dz";
}

Data read_data(const std::filesystem::path& path, const ModelSizes& sizes) {
  return sizes.task == Task::vision ? Data::images(path, sizes) : Data::text(path, sizes);
}

}  // namespace widthwise::training
