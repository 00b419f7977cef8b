#include "quant/chains/chain_backward.h"

#include <algorithm>

#include "core/kernels/pointwise/channel_stats.h"
#include "quant/chains/chain_blocks.h"

namespace nibble::chains {

ChainBackward::ChainBackward(std::shared_ptr<const Chain> chain, std::vector<GridPlaces> places,
                             bool constant_norm, BatchParts* parts)
    : chain_(std::move(chain)),
      places_(std::move(places)),
      constant_norm_(constant_norm),
      parts_(parts),
      kernels_(kernels_of(*chain_)) {}

PieceHook ChainBackward::hook(const std::shared_ptr<ChainBackward>& walk_back) {
  const Chain& chain = *walk_back->chain_;
  walk_back->heard_.assign(cut(chain.shape[0], kBatchPieces).size(), ChunkSums(chain));
  if (walk_back->kernels_.input_gradient != nullptr) {
    return {.listen = [walk_back](long piece, Range elements, const Real* d) {
      walk_back->hear(piece, elements, d, nullptr);
    }};
  }
  return {.rewrite = [walk_back](long piece, Range elements, Real* d) {
    walk_back->hear(piece, elements, d, d);
  }};
}

// d: the gradient of the last step. head: where d at the head goes, or null.
void ChainBackward::hear(long piece, Range elements, const Real* d, Real* head) {
  StepGradients dy(chain_->steps.size());
  dy.back() = PiecewiseTensor(chain_->shape, [d, begin = elements.begin](Range some, Real* into) {
    std::copy_n(d + (some.begin - begin), some.size(), into);
  });
  kernels_.backward(*chain_, dy, elements, head, heard_[static_cast<std::size_t>(piece)]);
  elements_heard_ += elements.size();
}

void ChainBackward::operator()(const StepGradients& dy, Gradients& into) const {
  Tensor head;  // d at the chain's head, unless it is computed again where it is read
  const std::vector<ChunkSums> sums = heard_all() ? heard_ : sweep(dy, head);
  if (heard_all() && kernels_.input_gradient == nullptr) head = dy.back().whole();
  ChunkSums total(*chain_);  // in order, whoever computed them
  for (const ChunkSums& some : sums) total.add(some);
  const auto one = [](double v) { return Tensor({1}, {static_cast<Real>(v)}); };
  for (std::size_t k = 0; k < places_.size(); ++k) {
    if (places_[k].scale != 0) into.add(places_[k].scale, one(total.scale[k]));
    if (places_[k].shift != 0) into.add(places_[k].shift, one(total.shift[k]));
  }
  if (chain_->multiplied()) {
    leave_at_product(dy, head, sums, into);
  } else if (chain_->normed) {
    leave_at_norm(dy, head, total, into);
  } else {
    for (std::size_t i = 0; i < chain_->sources.size(); ++i) into.add(i, head);
  }
}

// The sums of each chunk, and d at the head where it is to be kept.
std::vector<ChunkSums> ChainBackward::sweep(const StepGradients& dy, Tensor& head) const {
  const bool again = kernels_.input_gradient != nullptr;
  if (!again) head = Tensor::uninitialized(chain_->shape);
  const std::vector<Range> chunks = chain_->chunks();
  std::vector<ChunkSums> sums(chunks.size(), ChunkSums(*chain_));
  parallel_for(static_cast<long>(chunks.size()), [&](long i) {
    const std::size_t at = static_cast<std::size_t>(i);
    kernels_.backward(*chain_, dy, chunks[at], again ? nullptr : head.data() + chunks[at].begin, sums[at]);
  });
  return sums;
}

void ChainBackward::leave_at_product(const StepGradients& dy, const Tensor& head,
                                     const std::vector<ChunkSums>& sums, Gradients& into) const {
  const std::vector<Range> chunks = chain_->chunks();
  Tensor factors({chain_->factors.shape()});
  for (std::size_t i = 0; i < chunks.size(); ++i) {  // those of an image follow each other
    Real* const of_image = factors.data() + chunks[i].begin / chain_->shape.row() * chain_->channels;
    for (std::size_t c = 0; c < sums[i].d_factors.size(); ++c)
      of_image[c] += static_cast<Real>(sums[i].d_factors[c]);
  }
  if (const auto again = kernels_.input_gradient) {
    into.add(0, PiecewiseTensor(chain_->shape, [chain = chain_, dy, again](Range elements, Real* d) {
               again(*chain, dy, {}, elements, d);
             }));
  } else {
    into.add(0, head);
  }
  into.add(1, factors);
}

// The gradients of the norm as in autograd/ops/norm.cpp. That of its input is computed when it is read.
void ChainBackward::leave_at_norm(const StepGradients& dy, const Tensor& head, const ChunkSums& total,
                                  Gradients& into) const {
  const Chain& of = *chain_;
  const bool in_parts = parts_ && !constant_norm_;
  const Real rows = static_cast<Real>(of.shape.count() / of.channels * (in_parts ? parts_->count() : 1));
  kernels::ChannelSums sums{Tensor({of.channels}), Tensor({of.channels})};
  for (long i = 0; i < of.channels; ++i) {
    sums.dy[i] = static_cast<Real>(total.d[static_cast<std::size_t>(i)]);
    sums.dy_centered[i] = static_cast<Real>(total.d_centered[static_cast<std::size_t>(i)]);
  }
  const kernels::ChannelSums all = in_parts ? kernels::sum_of_parts(sums, *parts_) : sums;
  Tensor dweight({of.channels}), a({of.channels}), b({of.channels}), c({of.channels});
  for (long i = 0; i < of.channels; ++i) {
    dweight[i] = sums.dy_centered[i] * of.inverse[i];
    a[i] = of.weight[i] * of.inverse[i] / of.unit[i];
    if (constant_norm_) continue;
    b[i] = -a[i] * of.inverse[i] * (all.dy_centered[i] * of.inverse[i]) / rows;
    c[i] = -a[i] * all.dy[i] / rows - b[i] * of.mean_of_channel[i];
  }
  const long block_rows = of.block_rows();
  const NormLines lines{repeated(a, block_rows), repeated(b, block_rows), repeated(c, block_rows)};
  PiecewiseTensor::Fill fill;
  if (const auto again = kernels_.input_gradient) {
    fill = [chain = chain_, dy, lines, again](Range elements, Real* dx) {
      again(*chain, dy, lines, elements, dx);
    };
  } else {
    fill = [chain = chain_, head, lines](Range elements, Real* dx) {
      combine(*chain, lines, head.data() + elements.begin, elements, dx);
    };
  }
  into.add(1, dweight);
  into.add(2, sums.dy);
  into.add(0, PiecewiseTensor(of.shape, std::move(fill)));
}

}  // namespace nibble::chains
