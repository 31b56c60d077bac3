// SPDX-License-Identifier: MIT
// How wide must a network be for infinite-width theory to hold?
//
// Random networks of three MLP blocks are drawn at several widths, run and back-propagated. The tangent
// kernel Θ of their outputs, as a mean over networks, differs from theory (Eqs. 1.168–1.173) by corrections
// of order 1/n, in total and in every group's part. Drawn are the relative differences of the mean diagonal,
// of all of Θ and of the patch embedding's part, with the fitted power of n; the exit status says whether
// that of Θ is −1 within three of its standard errors.
//
//   example_finite_width [FILE.svg]
#include <iostream>
#include <string>
#include <vector>
#include <widthwise.hpp>

#include "output/number_text.hpp"
#include "output/plot/figure.hpp"
#include "output/write_output.hpp"

namespace ww = widthwise;
namespace program = widthwise::program;
namespace plot = widthwise::program::plot;

namespace {

auto network(ww::Index width) {
  const ww::LayerNorm norm{1e-3};
  return ww::Transformer{
      ww::Sizes{.width = width},
      ww::PatchStem{.coefficients = {.patch = 1, .position = 0.3}, .inputs = 5, .tokens = 3},
      ww::repeat(3, ww::Residual{norm, ww::Mlp{ww::Gelu{}, {.input = 1.5, .output = 1.2}, 2}}),
      ww::LinearHead{.outputs = 4, .norm = norm}};
}

void add_point(plot::Series& series, double width, double measured, double error, double theory) {
  series.x.push_back(width);
  series.y.push_back(std::abs(measured / theory - 1));
  series.errors.push_back(error / theory);
}

plot::Series line(const plot::Series& points, const ww::PowerLaw& law) {
  plot::Series fit{.label = "fit, power " + program::rounded(law.exponent, 3) + " ± " +
                            program::rounded(law.standard_error, 1),
                   .x = points.x,
                   .mark = plot::Mark::dashed};
  // Through the narrowest networks, whose difference is known best.
  for (const double x : points.x)
    fit.y.push_back(points.y.front() * std::pow(x / points.x.front(), law.exponent));
  return fit;
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string picture = count > 1 ? arguments[1] : "finite_width.svg";
  ww::Patches<double> input{{.samples = 2, .tokens = 3}, ww::Matrix<double>(6, 5)};
  ww::initialize(std::span(input.values.data(), 30), ww::distribution::Normal{}, 1, 11);
  const auto flow = ww::propagate(network(1), input);

  plot::Series tangent{.label = "Θ of the outputs", .mark = plot::Mark::points};
  plot::Series patch{.label = "patch embedding's part", .mark = plot::Mark::points};
  for (const ww::Index width : {32, 64, 128, 256}) {
    const auto measured =
        ww::measure(network(width), input, {.networks = 64000 / width, .seed = 3, .outputs = 4});
    const auto& kernel = measured.output_tangent;
    // The error is that of entries that depend on each other fully, which is the most there can be.
    add_point(tangent, static_cast<double>(width), kernel.value.trace(), kernel.standard_error.trace(),
              flow.output_tangent.value.trace());
    const auto& part = measured.group("patch").tangent;
    add_point(patch, static_cast<double>(width), part.value, part.standard_error, flow.share("patch").value);
  }
  const auto law = ww::power_law(tangent.x, tangent.y, tangent.errors);
  const plot::Figure figure{
      .title = "Theory of infinite width against networks of finite width",
      .subtitle = "Relative difference of Θ's mean diagonal; three MLP blocks, two samples of three patches",
      .rows = {{plot::LinePanel{.x = {.label = "width n", .spacing = plot::Spacing::logarithmic},
                                .y = {.label = "relative difference", .spacing = plot::Spacing::logarithmic},
                                .series = {tangent, patch, line(tangent, law)}}}}};
  program::write_outputs({{picture, plot::svg(figure)}});
  for (std::size_t i = 0; i < tangent.x.size(); ++i)
    std::cout << "n = " << tangent.x[i] << ": theta " << tangent.y[i] << " +- " << tangent.errors[i]
              << ", patch " << patch.y[i] << " +- " << patch.errors[i] << '\n';
  std::cout << "theta's difference goes as n to the power " << law.exponent << " +- " << law.standard_error
            << '\n';
  return std::abs(law.exponent + 1) < 3 * law.standard_error ? 0 : 1;
} catch (const std::exception& failure) {
  std::cerr << "example_finite_width: " << failure.what() << '\n';
  return 2;
}
