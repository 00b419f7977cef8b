#pragma once

#include <boost/program_options.hpp>

#include "experiments/config/options.h"

namespace nibble {

/// Every key, as Boost's reader of command lines wants to know it. Values are texts to it.
boost::program_options::options_description boost_description(const Options& options);

}  // namespace nibble
