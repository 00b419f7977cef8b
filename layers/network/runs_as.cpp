#include "layers/network/runs_as.h"

namespace nibble {
namespace {

const char* family(Kernel kernel) {
  switch (kernel) {
    case Kernel::alone:
      return "alone";
    case Kernel::passed_on:
      return "passed on";
    case Kernel::float_products:
      return "float32 products";
    case Kernel::code_products:
      return kernels::has_byte_products() ? "int8 products" : "float32 products of codes";
    case Kernel::depthwise:
      return "depthwise products";
    case Kernel::depthwise_codes:
      return "depthwise products of codes";
    case Kernel::code_means:
      return "means of codes";
    case Kernel::lanes:
      return "in registers";
    case Kernel::blocks:
      return "block by block";
  }
  return "";
}

const char* left(Form form) {
  return form == Form::codes    ? ", codes"
         : form == Form::sums   ? ", 16-bit sums"
         : form == Form::pieces ? ", made when read"
                                : "";
}

}  // namespace

std::string runs_as(const Network& network, const Plan& plan, std::size_t i) {
  const NodePlan& node = plan.actual[i];
  if (plan.facts[i].role == Role::input) return "";
  if (node.chain < 0) return std::string(family(node.kernel)) + left(node.leaves);
  const FusedChain& chain = plan.chains[static_cast<std::size_t>(node.chain)];
  if (chain.nodes.front() != i)
    return "with " + network.nodes()[chain.nodes.front()].name + left(node.leaves);
  return str("chain of ", chain.nodes.size(), " ", family(node.kernel));
}

}  // namespace nibble
