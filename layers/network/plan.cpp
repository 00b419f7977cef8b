#include "layers/network/plan.h"

namespace nibble {
namespace {

// Sums of a convolution fit 16 bits or not, as its codes are. These are expected to.
constexpr int kShortSums = 4;  // bits of both operands

// Plans node after node, as the walk will meet them.
class Planner {
 public:
  Planner(const Plan& plan)
      : pass_(plan.pass), facts_(plan.facts), nodes_(facts_.size()), bits_(facts_.size()) {
    for (std::size_t c = 0; c < plan.chains.size(); ++c) plan_chain(plan.chains[c], static_cast<int>(c));
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (nodes_[i].chain < 0) plan_node(facts_[i], nodes_[i]);
      bits_[i] = facts_[i].role == Role::dropout ? bits_[facts_[i].inputs[0]] : facts_[i].bits;
    }
  }
  std::vector<NodePlan> nodes() { return std::move(nodes_); }

 private:
  void plan_chain(const FusedChain& chain, int number) {
    for (std::size_t k = 0; k < chain.nodes.size(); ++k) {
      NodePlan& node = nodes_[chain.nodes[k]];
      node.chain = number;
      node.kernel = chain.form.lanes ? Kernel::lanes : Kernel::blocks;
      node.leaves = !chain.kept[k]                                   ? Form::inside
                    : facts_[chain.nodes[k]].role == Role::quantizer ? Form::codes
                    : chain.form.made_when_read                      ? Form::pieces
                                                                     : Form::reals;
    }
  }

  bool gets_codes(const NodeFacts& facts) const {
    return !pass_.plain && nodes_[facts.inputs[0]].leaves == Form::codes;
  }

  void plan_node(const NodeFacts& facts, NodePlan& node) const {
    switch (facts.role) {
      case Role::input:
        node.kernel = Kernel::passed_on;
        break;
      case Role::convolution:
        plan_convolution(facts, node);
        break;
      case Role::linear:
      case Role::recurrent:
        node.kernel =
            facts.weight_bits > 0 && gets_codes(facts) ? Kernel::code_products : Kernel::float_products;
        node.state_of_codes = facts.state_of_codes && !pass_.plain;
        if (facts.bits > 0) node.leaves = Form::codes;
        break;
      case Role::quantizer:
        node.leaves = Form::codes;
        break;
      case Role::mean:
        if (gets_codes(facts)) node.kernel = Kernel::code_means;
        break;
      case Role::dropout:
        plan_dropout(facts, node);
        break;
      case Role::norm:
      case Role::activation:
      case Role::sum:
      case Role::factors:
      case Role::other:
        break;
    }
  }

  void plan_convolution(const NodeFacts& facts, NodePlan& node) const {
    // Other groups are too small for products of bytes to be faster than those of floats.
    const bool whole = !facts.grouped || facts.depthwise;
    const bool codes = whole && facts.weight_bits > 0 && gets_codes(facts);
    node.kernel = facts.depthwise ? (codes ? Kernel::depthwise_codes : Kernel::depthwise)
                                  : (codes ? Kernel::code_products : Kernel::float_products);
    node.moments = pass_.training && !facts.biased;
    const bool short_sums = facts.weight_bits <= kShortSums && bits_[facts.inputs[0]] <= kShortSums;
    const bool sums = facts.depthwise || kernels::has_byte_products();
    if (codes && !facts.biased && sums && short_sums) node.leaves = Form::sums;
  }

  void plan_dropout(const NodeFacts& facts, NodePlan& node) const {
    const NodePlan& source = nodes_[facts.inputs[0]];
    if (!pass_.training || !facts.drops) {
      node.kernel = Kernel::passed_on;
      node.leaves = source.leaves;
      node.moments = source.moments;
    } else if (source.leaves == Form::codes) {
      node.leaves = Form::codes;
    }
  }

  const PassKind& pass_;
  const std::vector<NodeFacts>& facts_;
  std::vector<NodePlan> nodes_;
  std::vector<int> bits_;  // of the codes that each leaves
};

}  // namespace

Plan make_plan(std::vector<NodeFacts> facts, const PassKind& pass) {
  Plan plan{pass, std::move(facts), {}, {}, {}};
  // A listener wants to see every node, and initialization needs what reaches each quantizer.
  if (!pass.plain && !pass.initialize && !pass.observed) plan.chains = find_chains(plan.facts);
  plan.nodes = Planner(plan).nodes();
  plan_edges(plan, plan.nodes);
  plan.actual = plan.nodes;
  return plan;
}

}  // namespace nibble
