#include <algorithm>

#include "layers/network/plan.h"

namespace nibble {
namespace {

// A plan whose nodes are known, and questions about the edges between them.
class Edges {
 public:
  Edges(const Plan& plan, const std::vector<NodePlan>& nodes)
      : plan_(plan), nodes_(nodes), learns_(nodes.size()), readers_(nodes.size()) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto& inputs = plan.facts[i].inputs;
      learns_[i] = plan.facts[i].learns ||
                   std::ranges::any_of(inputs, [&](std::size_t input) { return bool(learns_[input]); });
      if (steps_in_chain(i) || passes_on(i)) continue;
      for (const std::size_t input : inputs) ++readers_[made_by(input)];
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (plan.facts[i].output) ++readers_[made_by(i)];  // the loss
    }
  }

  EdgePlan edge(std::size_t reader, std::size_t k) const {
    if (steps_in_chain(reader)) return {Form::inside, GradientForm::inside};
    const std::size_t source = made_by(plan_.facts[reader].inputs[k]);
    return {read_form(reader, k, source), gradient_form(reader, k, source)};
  }

 private:
  const FusedChain* chain_of(std::size_t i) const {
    return nodes_[i].chain < 0 ? nullptr : &plan_.chains[static_cast<std::size_t>(nodes_[i].chain)];
  }
  bool steps_in_chain(std::size_t i) const { return chain_of(i) && chain_of(i)->nodes.front() != i; }
  // Dropout that does nothing: its output is its input, on the tape too.
  bool passes_on(std::size_t i) const {
    return nodes_[i].kernel == Kernel::passed_on && !plan_.facts[i].inputs.empty();
  }
  std::size_t made_by(std::size_t i) const {
    while (passes_on(i)) i = plan_.facts[i].inputs[0];
    return i;
  }

  Form read_form(std::size_t reader, std::size_t k, std::size_t source) const {
    const Form left = nodes_[source].leaves;
    if (passes_on(reader)) return left;
    if (const FusedChain* const chain = chain_of(reader)) {
      if (chain->pattern.head == ChainHead::norm) return left == Form::sums ? left : Form::reals;
      const bool factors = chain->pattern.head == ChainHead::product && k == 1;
      return left == Form::codes && !factors ? left : Form::reals;
    }
    switch (nodes_[reader].kernel) {
      case Kernel::code_products:
      case Kernel::depthwise_codes:
      case Kernel::code_means:
        return Form::codes;
      case Kernel::float_products:
      case Kernel::depthwise:
        // Convolutions take their image in pieces where it is offered so; a quantizer by itself does not
        // offer.
        if (plan_.facts[reader].role != Role::convolution || left == Form::reals) return Form::reals;
        return left == Form::codes && chain_of(source) == nullptr ? Form::reals : Form::pieces;
      default:
        break;
    }
    // Dropout turns codes into codes.
    return nodes_[reader].leaves == Form::codes && plan_.facts[reader].role == Role::dropout ? left
                                                                                             : Form::reals;
  }

  GradientForm gradient_form(std::size_t reader, std::size_t k, std::size_t source) const {
    if (!learns_[source]) return GradientForm::none;
    if (const FusedChain* const chain = chain_of(reader)) {
      const bool first = k == 0,
                 when_read = chain->pattern.head == ChainHead::norm || chain->choice.gradient_when_read;
      return first && when_read ? GradientForm::pieces : GradientForm::float32;
    }
    const NodeFacts& facts = plan_.facts[reader];
    const bool convolution = facts.role == Role::convolution;
    if (nodes_[reader].multiplies_codes()) {
      if (convolution && !facts.grouped && is_data(source)) return GradientForm::of_grid;
      const bool rounded = plan_.pass.gradients == kernels::Precision::bfloat16;
      return rounded ? GradientForm::bfloat16 : GradientForm::float32;
    }
    return convolution && wants_to_see(source) ? GradientForm::shown : GradientForm::float32;
  }

  // A learned grid's codes of what nobody learns.
  bool is_data(std::size_t source) const {
    const NodeFacts& facts = plan_.facts[source];
    return facts.role == Role::quantizer && facts.plain_grid && chain_of(source) == nullptr &&
           !learns_[made_by(facts.inputs[0])];
  }

  // The only result of a chain behind a norm, if only one op reads it: the norm needs sums of its gradient.
  bool wants_to_see(std::size_t source) const {
    const FusedChain* const chain = chain_of(source);
    return chain && chain->pattern.head == ChainHead::norm && readers_[source] == 1 &&
           std::ranges::count(chain->kept, true) == 1;
  }

  const Plan& plan_;
  const std::vector<NodePlan>& nodes_;
  std::vector<char> learns_;   // whether the output wants a gradient
  std::vector<long> readers_;  // ops that read the output
};

}  // namespace

void plan_edges(const Plan& plan, std::vector<NodePlan>& nodes) {
  if (nodes.empty()) return;
  const Edges edges(plan, nodes);
  std::vector<std::vector<EdgePlan>> found(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t k = 0; k < plan.facts[i].inputs.size(); ++k) found[i].push_back(edges.edge(i, k));
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].inputs = std::move(found[i]);
}

}  // namespace nibble
