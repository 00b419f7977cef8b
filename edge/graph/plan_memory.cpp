#include "edge/graph/plan_memory.h"

#include <algorithm>
#include <numeric>

namespace nibble::edge {

namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Tensors that share one buffer, as a forest: each tensor points to an earlier one that it lies in, or to
// itself.
class Sharing {
 public:
  explicit Sharing(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0); }
  int root(int tensor) const {
    while (parent_[index(tensor)] != tensor) tensor = parent_[index(tensor)];
    return tensor;
  }
  void join(int tensor, int into) { parent_[index(root(tensor))] = root(into); }

 private:
  std::vector<int> parent_;
};

bool works_in_place(const IntegerOp& op) {
  return std::holds_alternative<IntegerAdd>(op) || std::holds_alternative<IntegerTable>(op);
}

// For each root the last node that reads one of its tensors.
std::vector<long> last_reads(const IntegerGraph& graph, const Sharing& sharing) {
  std::vector<long> last(graph.tensors.size(), -1);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const int input : graph.nodes[n].inputs) last[index(sharing.root(input))] = static_cast<long>(n);
  }
  return last;
}

long unpacked_row(const IntegerGraph& graph, const IntegerNode& node) {
  const auto* conv = std::get_if<IntegerConv>(&node.op);
  if (!conv || conv->weight_bits != 4) return 0;
  return static_cast<long>(conv->weights.size()) / graph.tensors[index(node.output)].shape[2];
}

// 16 bits of c (GRU: h) and the code of h for each unit.
long state_of(const IntegerNode& node) {
  const auto* recurrent = std::get_if<IntegerRecurrent>(&node.op);
  return recurrent ? 3 * recurrent->hidden() : 0;
}

}  // namespace

long bytes_of_element(const IntegerTensor& tensor) { return tensor.scores ? tensor.score_bits / 8 : 1; }

long place(std::vector<Buffer>& buffers) {
  std::vector<Buffer*> order;
  for (Buffer& buffer : buffers) order.push_back(&buffer);
  std::stable_sort(order.begin(), order.end(),
                   [](const Buffer* a, const Buffer* b) { return a->bytes > b->bytes; });
  std::vector<const Buffer*> placed;  // by offset
  long arena = 0;
  for (Buffer* buffer : order) {
    long offset = 0;
    for (const Buffer* other : placed) {
      const bool together = buffer->first <= other->last && other->first <= buffer->last;
      if (!together) continue;
      if (other->offset >= offset + buffer->bytes) break;  // fits into the gap in front
      offset = std::max(offset, other->offset + other->bytes);
    }
    buffer->offset = offset;
    arena = std::max(arena, offset + buffer->bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), buffer,
                                   [](const Buffer* a, const Buffer* b) { return a->offset < b->offset; }),
                  buffer);
  }
  return arena;
}

MemoryPlan plan_memory(const IntegerGraph& graph) {
  Sharing sharing(graph.tensors.size());
  for (const IntegerNode& node : graph.nodes) {
    if (std::holds_alternative<IntegerReshape>(node.op)) sharing.join(node.output, node.inputs[0]);
  }
  const int output = graph.nodes.back().output;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    const int result = sharing.root(node.output);
    if (!works_in_place(node.op) || result == sharing.root(output)) continue;
    const std::vector<long> last = last_reads(graph, sharing);
    for (const int input : node.inputs) {
      const int source = sharing.root(input);
      if (source == 0 || source == sharing.root(output) || last[index(source)] != static_cast<long>(n))
        continue;
      sharing.join(node.output, input);
      break;
    }
  }

  std::vector<Buffer> buffers(graph.tensors.size());  // by root; others stay empty
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    const auto step = static_cast<long>(n);
    Buffer& made = buffers[index(sharing.root(node.output))];
    if (made.bytes == 0) made = {graph.tensors[index(node.output)].shape.count(), step, step, 0};
    made.last = step;
    for (const int input : node.inputs) {
      Buffer& read = buffers[index(sharing.root(input))];
      read.last = std::max(read.last, step);
    }
  }
  // The caller's buffers take no room in the arena.
  buffers[0].bytes = 0;
  buffers[index(sharing.root(output))].bytes = 0;

  MemoryPlan plan;
  plan.activation_bytes = place(buffers);
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    const int root = sharing.root(static_cast<int>(t));
    const Place place = root == 0                      ? Place::input
                        : root == sharing.root(output) ? Place::output
                                                       : Place::arena;
    plan.tensors.push_back({place, place == Place::arena ? buffers[index(root)].offset : 0});
  }
  for (const IntegerNode& node : graph.nodes) {
    plan.scratch_bytes = std::max(plan.scratch_bytes, unpacked_row(graph, node));
    plan.state_bytes += state_of(node);
  }
  return plan;
}

}  // namespace nibble::edge
