// SPDX-License-Identifier: MIT
// scaling/ must be usable without Eigen and Boost: their headers announce themselves by these macros.
#include "widthwise/scaling.hpp"

#if defined(EIGEN_CORE_MODULE_H) || defined(EIGEN_CORE_H) || defined(EIGEN_WORLD_VERSION)
#error "widthwise/scaling.hpp includes Eigen"
#endif
#if defined(BOOST_VERSION) || defined(BOOST_CONFIG_HPP)
#error "widthwise/scaling.hpp includes Boost"
#endif
