#include "experiments/config/boost_description.h"

namespace nibble {

namespace po = boost::program_options;

po::options_description boost_description(const Options& options) {
  po::options_description description;
  for (const Options::Option& option : options.all()) {
    if (option.is_switch)
      description.add_options()(option.key.c_str(), po::bool_switch());
    else
      description.add_options()(option.key.c_str(), po::value<std::string>());
  }
  return description;
}

}  // namespace nibble
