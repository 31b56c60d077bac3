// SPDX-License-Identifier: MIT
#include "flow/contact.hpp"
#include "flow/report.hpp"
#include "flow/summary.hpp"
#include "json_text.hpp"

namespace widthwise::program {

namespace {

Json matrix(const Matrix<double>& kernel) {
  Json rows(Json::array());
  for (Index i = 0; i < kernel.rows(); ++i) {
    Json row(Json::array());
    for (Index j = 0; j < kernel.cols(); ++j) row.push_back(kernel(i, j));
    rows.push_back(std::move(row));
  }
  return rows;
}

Json summary(const Matrix<double>& forward, const Matrix<double>& tangent) {
  const auto correlation = mean_correlation(forward);
  return {{"G_mean_diagonal", mean_diagonal(forward)},
          {"Theta_mean_diagonal", mean_diagonal(tangent)},
          {"mean_correlation", correlation ? Json(*correlation) : Json(nullptr)}};
}

// Where samples differ in length, `tokens` is the longest's.
Json layout_json(const TokenLayout& layout) {
  Json json{{"samples", layout.samples}, {"tokens", layout.tokens}, {"rows", layout.rows()}};
  if (!layout.same_length()) json["lengths"] = layout.lengths();
  return json;
}

Json block_json(const BlockFlow<double>& block, bool kernels) {
  Json json{{"index", block.index}, {"kind", block.kind}};
  if (!block.part.empty()) json["part"] = block.part;
  if (kernels) {
    json["G"] = matrix(block.forward.value);
    json["Theta"] = matrix(block.tangent.value);
    json["F"] = matrix(block.normalized.value);
    json["B"] = matrix(block.backward.value);
  }
  json.update(summary(block.forward.value, block.tangent.value));
  json["standard_error"] = {{"G", relative_error(block.forward)}, {"Theta", relative_error(block.tangent)}};
  if (kernels) {
    json["standard_error"]["G_entries"] = matrix(block.forward.standard_error);
    json["standard_error"]["Theta_entries"] = matrix(block.tangent.standard_error);
  }
  return json;
}

Json output_json(const Flow<double>& flow, bool kernels) {
  Json json(Json::object());
  // After pooling there is one row a sample, so that the kernels are short enough to be always there.
  if (kernels || flow.output_forward.value.rows() < flow.layout.rows()) {
    json["G"] = matrix(flow.output_forward.value);
    json["Theta"] = matrix(flow.output_tangent.value);
  }
  json.update(summary(flow.output_forward.value, flow.output_tangent.value));
  json["standard_error"] = {{"G", relative_error(flow.output_forward)},
                            {"Theta", relative_error(flow.output_tangent)}};
  return json;
}

Json group_json(const GroupFlow<double>& group) {
  return {{"name", group.name},
          {"parameters", static_cast<std::int64_t>(group.parameters)},
          {"tangent", group.tangent.value},
          {"squared_gradient", group.squared_gradient.value},
          {"per_parameter", group.per_parameter.value},
          {"standard_error",
           {{"tangent", group.tangent.standard_error},
            {"squared_gradient", group.squared_gradient.standard_error},
            {"per_parameter", group.per_parameter.standard_error}}}};
}

// `learning_rate` is as model files have it.
Json balance_json(const Balance<double>& balance) {
  Json rates(Json::object()), groups(Json::array());
  for (const auto& [name, rate] : balance.learning_rates) rates[name] = rate;
  for (const auto& group : balance.groups)
    groups.push_back({{"name", group.name},
                      {"former_share", group.former_share},
                      {"share", group.share},
                      {"former_learning_rate", group.former_rate},
                      {"learning_rate", group.rate.value},
                      {"standard_error", group.rate.standard_error}});
  return {{"learning_rate", rates}, {"groups", groups}};
}

// `rows` are outputs, counted from 0, and kernels those between them; `Theta` is between them and all
// outputs.
Json contact_json(const ContactTerms<double>& contact, const Flow<double>& flow, bool kernels) {
  Json items(Json::array());
  for (const auto& item : contact.items) {
    const ContactSummary summary = contact_summary(item, flow);
    Json mean(Json::array());
    for (const double value : item.mean) mean.push_back(value);
    items.push_back({{"item", item.item},
                     {"rows", item.rows},
                     {"mean", mean},
                     {"G_ratio", summary.forward_ratio},
                     {"Theta_ratio", summary.tangent_ratio}});
    if (!kernels) continue;
    items.back()["G"] = matrix(item.forward());
    items.back()["Theta"] = matrix(item.tangent);
  }
  return items;
}

}  // namespace

std::string flow_json(const Flow<double>& flow, const FlowHeading& heading) {
  Json json = layout_json(flow.layout);
  if (has_parts(flow)) json["source"] = layout_json(flow.blocks.front().layout);
  json["blocks"] = Json(Json::array());
  for (const auto& block : flow.blocks) json["blocks"].push_back(block_json(block, heading.kernels));
  json["output"] = output_json(flow, heading.kernels);
  json["groups"] = Json(Json::array());
  for (const auto& group : flow.groups) json["groups"].push_back(group_json(group));
  if (heading.balance) json["balance"] = balance_json(*heading.balance);
  if (heading.contact) json["contact_terms"] = contact_json(*heading.contact, flow, heading.kernels);
  json["standard_error"] = {{"G", flow.forward_error}, {"Theta", flow.tangent_error}};
  json["tolerance"] = heading.tolerance;
  json["converged"] = flow.converged;
  json["seed"] = heading.seed;
  json["replicates"] = flow.replicates;
  json["draws"] = flow.draws;
  return json_text(json);
}

}  // namespace widthwise::program
