// SPDX-License-Identifier: MIT
#pragma once

// Initialization and learning rates of a model from its parameter groups; needs the standard library alone.
#include "widthwise/scaling/depth.hpp"
#include "widthwise/scaling/distribution.hpp"
#include "widthwise/scaling/everett.hpp"
#include "widthwise/scaling/gauge.hpp"
#include "widthwise/scaling/initializer.hpp"
#include "widthwise/scaling/model_gauge.hpp"
#include "widthwise/scaling/monomial.hpp"
#include "widthwise/scaling/multiplier_form.hpp"
#include "widthwise/scaling/muon.hpp"
#include "widthwise/scaling/optimizer.hpp"
#include "widthwise/scaling/parameter_group.hpp"
#include "widthwise/scaling/parse.hpp"
#include "widthwise/scaling/plan.hpp"
#include "widthwise/scaling/relative_plan.hpp"
#include "widthwise/scaling/shaped_group.hpp"
#include "widthwise/scaling/shapes.hpp"
#include "widthwise/scaling/spectral.hpp"
#include "widthwise/scaling/strategy.hpp"
#include "widthwise/scaling/tensor_role.hpp"
#include "widthwise/scaling/tensor_shapes.hpp"
