// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "input/input.hpp"
#include "widthwise/finite/fit.hpp"
#include "widthwise/network/encoder_decoder_model.hpp"
#include "widthwise/network/flow.hpp"

namespace widthwise::program {

/// What to draw: so many networks at each width.
struct CheckSettings {
  std::vector<Index> widths;  ///< ascending, each one that the model's heads divide
  Index networks = 64;
  std::uint64_t seed = 0;
};

/// How far the mean over networks is from theory: the entry furthest off, over the largest entry of theory.
struct KernelError {
  double relative_error = 0;
  double standard_error = 0;  ///< of that entry, over the same; theory's own is in it
};

/// A group's part in the mean diagonal of the output's tangent kernel.
struct GroupCheck {
  std::string name;
  double theory = 0, measured = 0;
  double standard_error = 0;  ///< of their difference
};

/// All networks of one width against theory.
struct WidthCheck {
  Index width = 0;
  Index networks = 0;
  KernelError forward;  ///< of the stem's and residual blocks' G, the one furthest off
  KernelError tangent;  ///< of the output's Θ
  std::vector<GroupCheck> groups;
};

/// Theory against networks of several widths.
struct Check {
  TokenLayout layout;
  std::optional<TokenLayout> source = {};  ///< of an encoder's rows, where the model has one
  std::vector<WidthCheck> widths = {};
  std::optional<PowerLaw> slope = {};  ///< of Θ's relative error in the width; nothing for a single width
  double theory_error = 0;             ///< largest standard error of theory's own kernels, relative
  double theory_tolerance = 0;         ///< what was wanted of it
  bool heads_stay = false;             ///< attention leaves an error of order 1/H at any width
};

/// Called as networks are done, with a measure of the work done and in all.
using CheckReporter = std::function<void(std::int64_t done, std::int64_t total)>;

/// Such as "2 samples of 196 tokens".
std::string samples_text(const Check& check);

/// The widths to check without others being asked for: 8, 16, 32 and 64 channels a head.
std::vector<Index> default_widths(const Sizes& sizes);

/// Measures networks at each width and compares them with `propagate`.
/// Throws std::invalid_argument where the input does not fit, or needs too much memory without pooling.
Check run_check(const Model& model, const Input& input, const CheckSettings& settings,
                const CheckReporter& reporter = {});
Check run_check(const EncoderDecoderModel& model, const InputPair& input, const CheckSettings& settings,
                const CheckReporter& reporter = {});

}  // namespace widthwise::program
