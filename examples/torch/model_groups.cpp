// SPDX-License-Identifier: MIT
#include "model_groups.hpp"

#include "network.hpp"
#include "widthwise/network/parameter_groups.hpp"
#include "widthwise/scaling/parse.hpp"

namespace widthwise::training {

std::string to_string(Task task) {
  return task == Task::vision ? "vision" : "text";
}

Task parse_task(const std::string& word) {
  if (word == "vision") return Task::vision;
  if (word == "text") return Task::text;
  detail::reject("should be one of vision, text, but is ", word);
}

ModelSizes sizes_of(Task task, const ModelSizes& chosen) {
  ModelSizes sizes{.task = task, .width = chosen.width, .heads = chosen.heads, .layers = chosen.layers};
  if (task == Task::text) {
    sizes.tokens = 32;
    sizes.inputs = 0;
    sizes.outputs = 256;
  }
  return sizes;
}

Plan make_plan(const PlanRequest& request) {
  const ModelGroups groups = request.sizes.task == Task::vision
                                 ? widthwise::parameter_groups(described_vision(request))
                                 : widthwise::parameter_groups(described_text(request));
  return plan(groups, parse_strategy(request.strategy), AnyOptimizer(AdamW{}));
}

}  // namespace widthwise::training
