#pragma once

#include <boost/program_options.hpp>

#include "experiments/config/options.h"

namespace nibble {

/// Every key, as Boost's readers of files and of command lines want to know it. Values are texts to them.
boost::program_options::options_description boost_description(const Options& options);

}  // namespace nibble
