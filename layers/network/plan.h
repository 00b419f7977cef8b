#pragma once

#include <vector>

#include "core/kernels/conv/conv2d_codes.h"
#include "layers/network/chains.h"
#include "layers/network/plan_facts.h"
#include "layers/node_plan.h"

namespace nibble {

// How a network is computed, as data.
//
// Before a walk, Network::forward asks for the plan of the network and the kind of pass: which nodes run as
// one chain, which kernels compute each node, in which form each signal travels and in which form its
// gradient comes back. The plan is a function of facts about the nodes (plan_facts.h) and of the pass; the
// network keeps it and makes it again when a fact differs. The walk and the layers follow the plan;
// step_cost, the profiler and `nibble inspect` read it.
//
// Some things only data can decide: whether a convolution's sums of codes fit 16 bits, and whether a value is
// not a number, which codes cannot say. The plan holds what is expected, and the walk writes down what it did
// (`actual`). A pass with Pass::plain has the slow twin of every plan: each node alone, in real numbers.

/// What of a pass decides the plan.
struct PassKind {
  bool training = false, initialize = false, plain = false;
  bool observed = false;  // somebody wants to see every node: no chains
  kernels::Precision gradients = kernels::Precision::float32;
  bool operator==(const PassKind&) const = default;
};

struct Plan {
  PassKind pass;
  std::vector<NodeFacts> facts;
  std::vector<FusedChain> chains;
  std::vector<NodePlan> nodes;   // as planned, one a node
  std::vector<NodePlan> actual;  // as the last walk did it; before the first as planned
};

Plan make_plan(std::vector<NodeFacts> facts, const PassKind& pass);

/// Finds for every edge in which form it is read and its gradient comes back. Both follow from the nodes'
/// kernels and from what each leaves, so this serves what is planned and what was done.
void plan_edges(const Plan& plan, std::vector<NodePlan>& nodes);

}  // namespace nibble
