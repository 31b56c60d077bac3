// SPDX-License-Identifier: MIT
#pragma once

// libtorch brings glog, whose macros have the names of Catch2's.
#include <torch/types.h>
#undef CHECK

#include "support/catch.hpp"
