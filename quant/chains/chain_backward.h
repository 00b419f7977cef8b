#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "autograd/var.h"
#include "core/parts/batch_parts.h"
#include "quant/chains/chain.h"

namespace nibble::chains {

/// Where the learned numbers of a step's grid stand among the inputs of the op; 0: there are none.
struct GridPlaces {
  std::size_t scale = 0, shift = 0;
};

/// The way back through a chain: from dy of its steps to the gradients of operands (inputs 0 and 1, or 0
/// where a norm's weight and bias are inputs 1 and 2), of the norm and of the grids.
class ChainBackward {
 public:
  /// constant_norm: the norm's statistics do not depend on its input. parts: of the batch, where the chain
  /// computes one of them and the statistics are those of all; else null.
  ChainBackward(std::shared_ptr<const Chain> chain, std::vector<GridPlaces> places, bool constant_norm,
                BatchParts* parts);

  /// For the gradient of the only result of a chain with a norm. While its reader makes that gradient, the
  /// hook walks back through the chain and adds up the sums of norm and grids, which would take a sweep over
  /// memory afterwards. Where d at the head is not computed again when it is read, the hook puts d in the
  /// gradient's place.
  static PieceHook hook(const std::shared_ptr<ChainBackward>& walk_back);

  /// dy of the steps, empty where nobody asked.
  void operator()(const StepGradients& dy, Gradients& into) const;

 private:
  // Whether the hook has seen all of the gradient.
  bool heard_all() const { return elements_heard_ == chain_->shape.count(); }
  void hear(long piece, Range elements, const Real* d, Real* head);
  std::vector<ChunkSums> sweep(const StepGradients& dy, Tensor& head) const;
  void leave_at_product(const StepGradients& dy, const Tensor& head, const std::vector<ChunkSums>& sums,
                        Gradients& into) const;
  void leave_at_norm(const StepGradients& dy, const Tensor& head, const ChunkSums& total,
                     Gradients& into) const;

  std::shared_ptr<const Chain> chain_;
  std::vector<GridPlaces> places_;
  bool constant_norm_;
  BatchParts* parts_;
  const ChainKernels& kernels_;
  std::vector<ChunkSums> heard_;  // by piece of the batch
  std::atomic<long> elements_heard_ = 0;
};

}  // namespace nibble::chains
