// SPDX-License-Identifier: MIT
// What does an untrained Transformer do to the likeness of images?
//
// Ten images of Fashion-MNIST, one of each class, are cut into 16 patches. Their joint kernel is carried
// through six attention and six MLP blocks, all pairs of samples at once. Drawn are the correlations G_ab /
// √(G_aa G_bb) of the images' means over tokens, before the first block and after the last, and those of the
// output's tangent kernel: how much a gradient step on one image moves the output on another
// (Eqs. 1.65, 1.77, 1.81, 1.151–1.173).
//
//   example_fashion_mnist [FILE.svg [DIRECTORY of t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz]]
#include <array>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>
#include <widthwise.hpp>

#include "input/idx.hpp"
#include "output/plot/figure.hpp"
#include "output/write_output.hpp"

namespace ww = widthwise;
namespace program = widthwise::program;

namespace {

constexpr std::array<const char*, 10> classes = {"T-shirt", "trousers", "pullover", "dress", "coat",
                                                 "sandal",  "shirt",    "sneaker",  "bag",   "boot"};

ww::Patches<double> one_of_each_class(const std::filesystem::path& directory) {
  const program::ImageGeometry geometry{.image_size = 28, .patch_size = 7, .channels = 1};
  const ww::Index first = 200;
  const auto images = program::read_idx(directory / "t10k-images-idx3-ubyte.gz", geometry, first);
  const auto labels = program::read_idx_labels(directory / "t10k-labels-idx1-ubyte.gz", first);
  const ww::Index tokens = images.layout.tokens;
  ww::Patches<double> chosen{{.samples = 10, .tokens = tokens},
                             ww::Matrix<double>(10 * tokens, images.values.cols())};
  for (ww::Index kind = 0; kind < 10; ++kind) {
    ww::Index image = 0;
    while (image < first && labels[static_cast<std::size_t>(image)] != kind) ++image;
    if (image == first) throw std::runtime_error("no image of class " + std::to_string(kind));
    chosen.values.middleRows(kind * tokens, tokens) = images.values.middleRows(image * tokens, tokens);
  }
  return chosen;
}

ww::Matrix<double> correlations(const ww::Matrix<double>& kernel) {
  const ww::Vector<double> scale = kernel.diagonal().cwiseSqrt().cwiseInverse();
  return kernel.cwiseProduct(scale * scale.transpose());
}

program::plot::HeatPanel panel(std::string title, const ww::Matrix<double>& kernel) {
  const std::vector<std::string> names(classes.begin(), classes.end());
  return {.title = std::move(title),
          .values = correlations(kernel),
          .value_label = "correlation",
          .rows = names,
          .columns = names,
          .range = std::pair(-1.0, 1.0),
          .square = true};
}

}  // namespace

int main(int count, char** arguments) try {
  const std::filesystem::path picture = count > 1 ? arguments[1] : "fashion_mnist.svg";
  const std::filesystem::path directory = count > 2 ? arguments[2] : "/usr/share/datasets/fashion-mnist";
  const auto input = one_of_each_class(directory);

  const ww::LayerNorm norm{1e-6};
  const auto block = ww::chain(
      ww::Residual{norm, ww::SelfAttention{{.query = 0.5, .key = 0.5, .value = 0.5, .output = 1.0 / 3}}},
      ww::Residual{norm, ww::Mlp{ww::Gelu{}, {.input = 0.4, .output = 1.6}, 4}});
  const ww::Transformer vit{
      ww::Sizes{.width = 256, .heads = 4},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 4e-4}, .inputs = 49, .tokens = 16},
      ww::repeat(6, block), ww::LinearHead{.outputs = 10}};
  const auto flow = ww::propagate(vit, input, ww::FlowOptions<>{.tolerance = 1e-2, .seed = 1});

  const ww::Matrix<double> mean = ww::pooling_matrix<double>(ww::Pool::mean, flow.layout);
  const auto before = [&](const ww::Matrix<double>& kernel) -> ww::Matrix<double> {
    return mean * kernel * mean.transpose();
  };
  const auto& stem = flow.blocks.front();
  const program::plot::Figure figure{
      .title = "Ten images of Fashion-MNIST, before and after an untrained Transformer",
      .subtitle = "Correlations of the images' means over 16 patches; six attention and six MLP blocks",
      .rows = {{panel("Covariance before", before(stem.forward.value)),
                panel("Covariance after", flow.output_forward.value)},
               {panel("Tangent kernel before", before(stem.tangent.value)),
                panel("Tangent kernel after", flow.output_tangent.value)}}};
  program::write_outputs({{picture, program::plot::svg(figure)}});
  std::cout << picture.string() << ": kernels of ten images, standard error at most "
            << std::max(flow.forward_error, flow.tangent_error) << " of the largest entry, seed 1\n";
} catch (const std::exception& failure) {
  std::cerr << "example_fashion_mnist: " << failure.what() << '\n';
  return 2;
}
