// SPDX-License-Identifier: MIT
#include "flow/contact.hpp"
#include "flow/report.hpp"
#include "flow/summary.hpp"
#include "output/number_text.hpp"
#include "output/table.hpp"

namespace widthwise::program {

namespace {

// Where a value stands: its block and kind, its group where it has one, and its part of an encoder–decoder.
struct Place {
  std::string block, kind, group = {}, part = {};
};

class Lines {
 public:
  /// `with_parts` adds a column at the front.
  explicit Lines(bool with_parts) : with_parts_(with_parts) {
    if (with_parts) table_.columns.insert(table_.columns.begin(), {"part"});
  }
  void add(const Place& place, const std::string& quantity, const std::string& value,
           const std::string& error = "", const std::string& row = "", const std::string& column = "") {
    table_.rows.push_back({place.block, place.kind, place.group, quantity, row, column, value, error});
    if (with_parts_) table_.rows.back().insert(table_.rows.back().begin(), place.part);
  }
  void add(const Place& place, const std::string& quantity, const Estimate<double>& estimate) {
    add(place, quantity, exact(estimate.value), exact(estimate.standard_error));
  }
  void add(const Place& place, const std::string& quantity, const Estimate<Matrix<double>>& kernel) {
    for (Index i = 0; i < kernel.value.rows(); ++i)
      for (Index j = 0; j < kernel.value.cols(); ++j)
        add(place, quantity, exact(kernel.value(i, j)), exact(kernel.standard_error(i, j)),
            std::to_string(i + 1), std::to_string(j + 1));
  }

  /// Mean diagonals and mean correlation, and the kernels themselves where they are wanted.
  void add_kernels(const Place& place, const Estimate<Matrix<double>>& forward,
                   const Estimate<Matrix<double>>& tangent, bool kernels) {
    add(place, "G_mean_diagonal", exact(mean_diagonal(forward.value)));
    add(place, "Theta_mean_diagonal", exact(mean_diagonal(tangent.value)));
    const auto correlation = mean_correlation(forward.value);
    add(place, "mean_correlation", correlation ? exact(*correlation) : "");
    if (!kernels) return;
    add(place, "G", forward);
    add(place, "Theta", tangent);
  }

  std::string text() const { return csv(table_); }

 private:
  bool with_parts_;
  Table table_{
      {{"block"}, {"kind"}, {"group"}, {"quantity"}, {"row"}, {"column"}, {"value"}, {"standard_error"}}, {}};
};

}  // namespace

std::string flow_csv(const Flow<double>& flow, const FlowHeading& heading) {
  Lines lines(has_parts(flow));
  for (const auto& block : flow.blocks) {
    const Place place{std::to_string(block.index), block.kind, {}, block.part};
    lines.add_kernels(place, block.forward, block.tangent, heading.kernels);
    if (!heading.kernels) continue;
    lines.add(place, "F", block.normalized);
    lines.add(place, "B", block.backward);
  }
  lines.add_kernels({"", "output"}, flow.output_forward, flow.output_tangent, heading.kernels);
  for (const auto& group : flow.groups) {
    const BlockFlow<double>& block = flow.blocks[block_of(flow, group)];
    const Place place{std::to_string(block.index), block.kind, group.name, block.part};
    lines.add(place, "parameters", exact(group.parameters));
    lines.add(place, "tangent", group.tangent);
    lines.add(place, "squared_gradient", group.squared_gradient);
    lines.add(place, "per_parameter", group.per_parameter);
  }
  if (heading.balance)
    for (const auto& group : heading.balance->groups) {
      const Place place{"", "balance", group.name};
      lines.add(place, "former_share", exact(group.former_share));
      lines.add(place, "share", exact(group.share));
      lines.add(place, "former_learning_rate", exact(group.former_rate));
      lines.add(place, "learning_rate", group.rate);
    }
  if (heading.contact)
    for (const auto& item : heading.contact->items) {
      const Place place{"", "contact", std::to_string(item.item)};
      const ContactSummary summary = contact_summary(item, flow);
      lines.add(place, "mean", exact(summary.mean));
      lines.add(place, "G_ratio", exact(summary.forward_ratio));
      lines.add(place, "Theta_ratio", exact(summary.tangent_ratio));
    }
  return lines.text();
}

}  // namespace widthwise::program
