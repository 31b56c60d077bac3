// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "flow/contact.hpp"
#include "flow/report.hpp"
#include "flow/summary.hpp"
#include "output/number_text.hpp"
#include "output/table.hpp"

namespace widthwise::program {

namespace {

using Align = Table::Align;

std::string fixed(double value, int decimals) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

// How much of a whole, as "12.3 %".
std::string percent(double part, double whole) {
  return fixed(whole > 0 ? 100 * part / whole : 0, 1) + " %";
}

// Numbers of one column with as many decimals as give the largest four digits, unless that hides the
// smallest.
std::vector<std::string> column_text(const std::vector<double>& values) {
  double least = std::numeric_limits<double>::max(), most = 0;
  for (const double value : values)
    if (value != 0) least = std::min(least, std::abs(value)), most = std::max(most, std::abs(value));
  const bool together = most > 1e-3 && most < 1e5 && most < 500 * least;
  std::vector<std::string> texts;
  for (const double value : values)
    texts.push_back(together ? fixed(value, std::max(0, 3 - static_cast<int>(std::floor(std::log10(most)))))
                             : rounded(value));
  return texts;
}

std::string effort_text(const Flow<double>& flow, const FlowHeading& heading) {
  if (flow.draws == 0) return "exact, nothing was sampled";
  return std::to_string(flow.replicates) + " replicates of " + grouped(static_cast<double>(flow.draws)) +
         " draws, seed " + std::to_string(heading.seed);
}

std::string block_table(const Flow<double>& flow) {
  const std::vector<double> shares = block_shares(flow);
  std::vector<double> forward, tangent;
  for (const auto& block : flow.blocks) {
    forward.push_back(mean_diagonal(block.forward.value));
    tangent.push_back(mean_diagonal(block.tangent.value));
  }
  forward.push_back(mean_diagonal(flow.output_forward.value));
  tangent.push_back(mean_diagonal(flow.output_tangent.value));
  const auto forward_text = column_text(forward), tangent_text = column_text(tangent);
  const auto correlation_text = [](const Matrix<double>& kernel) {
    const auto correlation = mean_correlation(kernel);
    return correlation ? fixed(*correlation, 4) : "-";
  };

  Table table{{{"part"},
               {"block", Align::right},
               {"kind"},
               {"mean G", Align::right},
               {"mean Θ", Align::right},
               {"mean correlation", Align::right},
               {"share of output", Align::right}},
              {}};
  const std::size_t last = flow.blocks.size();
  for (std::size_t i = 0; i < last; ++i)
    table.rows.push_back({flow.blocks[i].part, std::to_string(flow.blocks[i].index), flow.blocks[i].kind,
                          forward_text[i], tangent_text[i], correlation_text(flow.blocks[i].forward.value),
                          percent(shares[i], tangent[last])});
  table.rows.push_back({"", "", "output", forward_text[last], tangent_text[last],
                        correlation_text(flow.output_forward.value), "100.0 %"});
  if (!has_parts(flow)) {
    table.columns.erase(table.columns.begin());
    for (auto& row : table.rows) row.erase(row.begin());
  }
  return aligned_text(table);
}

std::string group_table(const Flow<double>& flow) {
  const double whole = mean_diagonal(flow.output_tangent.value);
  Table table{{{"group"},
               {"tensors", Align::right},
               {"parameters", Align::right},
               {"mean Θ of output", Align::right},
               {"share of output", Align::right},
               {"gradient per parameter", Align::right}},
              {}};
  for (const auto& family : group_families(flow))
    table.rows.push_back({family.name, std::to_string(family.tensors), grouped(family.parameters),
                          fixed(family.tangent, 4), percent(family.tangent, whole),
                          rounded(family.per_parameter(), 3)});
  return aligned_text(table);
}

std::string balance_table(const Balance<double>& balance) {
  Table table{{{"group"},
               {"share of output", Align::right},
               {"Λ", Align::right},
               {"share balanced", Align::right},
               {"Λ balanced", Align::right},
               {"at most ±", Align::right}},
              {}};
  for (const auto& group : balance.groups)
    table.rows.push_back({group.name, percent(group.former_share, 1), rounded(group.former_rate),
                          percent(group.share, 1), rounded(group.rate.value),
                          rounded(group.rate.standard_error, 2)});
  return aligned_text(table);
}

std::string contact_table(const ContactTerms<double>& contact, const Flow<double>& flow) {
  Table table{{{"item", Align::right},
               {"outputs", Align::right},
               {"mean output", Align::right},
               {"mean² / G", Align::right},
               {"added Θ / Θ", Align::right}},
              {}};
  for (const auto& item : contact.items) {
    const ContactSummary summary = contact_summary(item, flow);
    table.rows.push_back({std::to_string(item.item), std::to_string(item.rows.size()), rounded(summary.mean),
                          rounded(summary.forward_ratio), rounded(summary.tangent_ratio)});
  }
  return aligned_text(table);
}

std::string kernel_text(const std::string& title, const Matrix<double>& kernel) {
  std::string text = "\n" + title + "\n";
  Table table;
  for (Index j = 0; j < kernel.cols(); ++j) table.columns.push_back({std::to_string(j + 1), Align::right});
  for (Index i = 0; i < kernel.rows(); ++i) {
    table.rows.emplace_back();
    for (Index j = 0; j < kernel.cols(); ++j) table.rows.back().push_back(rounded(kernel(i, j), 6));
  }
  return text + aligned_text(table);
}

std::string all_kernels(const Flow<double>& flow) {
  std::string text;
  for (const auto& block : flow.blocks) {
    const std::string place = " of " + (block.part.empty() ? "" : block.part + " ") + "block " +
                              std::to_string(block.index) + " (" + block.kind + ")";
    text += kernel_text("G" + place, block.forward.value) + kernel_text("Θ" + place, block.tangent.value);
  }
  return text + kernel_text("G of the output", flow.output_forward.value) +
         kernel_text("Θ of the output", flow.output_tangent.value);
}

}  // namespace

std::string flow_table(const Flow<double>& flow, const FlowHeading& heading) {
  std::string text = heading.model + "\n" + heading.input + ": " + samples_text(flow) + "\n" +
                     effort_text(flow, heading) + "\n\n";
  text += block_table(flow) + "\n" + group_table(flow);
  text += "\nLargest standard error of an entry, relative to the largest entry: G " +
          rounded(flow.forward_error, 2) + ", Θ " + rounded(flow.tangent_error, 2) + "; tolerance " +
          rounded(heading.tolerance) + (flow.converged ? "" : ", NOT reached") + ".\n";
  if (heading.balance)
    text +=
        "\nLearning-rate coefficients with which groups have the shares asked for, on this input, under "
        "SGD:\n\n" +
        balance_table(*heading.balance);
  if (heading.contact)
    text +=
        "\nContact terms of weight tying: what output components have besides, of items that the same rows "
        "read, at this width:\n\n" +
        contact_table(*heading.contact, flow);
  if (heading.kernels) text += all_kernels(flow);
  return text;
}

}  // namespace widthwise::program
