#include "edge/graph/plan_memory.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "edge/graph/op_rule.h"

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

// For each root the last node that reads one of its tensors.
std::vector<long> last_reads(const IntegerGraph& graph, const Sharing& sharing) {
  std::vector<long> last(graph.tensors.size(), -1);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const int input : graph.nodes[n].inputs) last[index(sharing.root(input))] = static_cast<long>(n);
  }
  return last;
}

}  // namespace

long bytes_of(const IntegerTensor& tensor) {
  const long bits = tensor.scores ? tensor.score_bits : tensor.storage_bits;
  return (tensor.shape.count() * bits + 7) / 8;
}

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

namespace {

// Which of the graph's outputs lie in a root's buffer; none: it is not the caller's.
std::optional<std::size_t> output_in(const IntegerGraph& graph, const Sharing& sharing, int root) {
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    if (sharing.root(graph.outputs[i]) == root) return i;
  }
  return std::nullopt;
}

// Joins the tensors of a node that may write over one of its inputs, if nobody reads that later. What the
// caller gives or gets is neither written over nor moved.
void share_in_place(const IntegerGraph& graph, std::size_t n, Sharing& sharing) {
  const IntegerNode& node = graph.nodes[n];
  if (!traits(node.op).runs_in_place || output_in(graph, sharing, sharing.root(node.output))) return;
  const std::vector<long> last = last_reads(graph, sharing);
  for (const int input : node.inputs) {
    const int source = sharing.root(input);
    const bool is_read_later = last[index(source)] != static_cast<long>(n);
    if (source == 0 || is_read_later || output_in(graph, sharing, source)) continue;
    if (bytes_of(graph.tensor(input)) != bytes_of(graph.tensor(node.output)))
      continue;  // factors of channels
    sharing.join(node.output, input);
    return;
  }
}

Sharing share(const IntegerGraph& graph) {
  Sharing sharing(graph.tensors.size());
  for (const IntegerNode& node : graph.nodes) {
    if (traits(node.op).same_bytes) sharing.join(node.output, node.inputs[0]);
  }
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) share_in_place(graph, n, sharing);
  return sharing;
}

// By root; others stay empty, and so do the caller's, which take no room in the arena.
std::vector<Buffer> lifetimes(const IntegerGraph& graph, const Sharing& sharing) {
  std::vector<Buffer> buffers(graph.tensors.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    const auto step = static_cast<long>(n);
    Buffer& made = buffers[index(sharing.root(node.output))];
    if (made.bytes == 0) made = {bytes_of(graph.tensor(node.output)), step, step, 0};
    made.last = step;
    for (const int input : node.inputs) {
      Buffer& read = buffers[index(sharing.root(input))];
      read.last = std::max(read.last, step);
    }
  }
  buffers[0].bytes = 0;
  for (const int output : graph.outputs) buffers[index(sharing.root(output))].bytes = 0;
  return buffers;
}

}  // namespace

MemoryPlan plan_memory(const IntegerGraph& graph) {
  const Sharing sharing = share(graph);
  std::vector<Buffer> buffers = lifetimes(graph, sharing);
  MemoryPlan plan;
  plan.activation_bytes = place(buffers);
  for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
    const int root = sharing.root(static_cast<int>(t));
    if (root == 0) {
      plan.tensors.push_back({.place = Place::input});
    } else if (const auto output = output_in(graph, sharing, root)) {
      plan.tensors.push_back({.place = Place::output, .output = *output});
    } else {
      plan.tensors.push_back({.place = Place::arena, .offset = buffers[index(root)].offset});
    }
  }
  for (const IntegerNode& node : graph.nodes) {
    const NodeView view("plan_memory", graph, node);
    const DeviceCost cost =
        ask(node.op, [&](const auto& op, const auto& rule) { return rule.cost(op, view); });
    plan.scratch_bytes = std::max(plan.scratch_bytes, cost.scratch_bytes);
    plan.state_bytes += cost.state_bytes;
  }
  return plan;
}

}  // namespace nibble::edge
