#include "core/kernels/onednn/images.h"

namespace nibble::kernels::onednn {
namespace {

memory::desc nhwc_of(const memory::desc& layout) {
  return {layout.dims(), Type::f32, memory::format_tag::nhwc};
}

}  // namespace

memory ImagesToRead::as(const memory::desc& layout) {
  const memory::desc plain = nhwc_of(layout);
  if (layout == plain) return view(plain, nhwc_);
  if (layout != layout_) {
    layout_ = layout;
    copy_ = room_for(layout);
    reorder(nhwc_, plain, copy_.data(), layout);
  }
  return view(layout, copy_.data());
}

ImagesToWrite::ImagesToWrite(const memory::desc& layout, float* nhwc)
    : layout_(layout), plain_(nhwc_of(layout)), nhwc_(nhwc) {
  if (layout_ != plain_) room_ = room_for(layout_);
}

memory ImagesToWrite::room() const {
  return layout_ == plain_ ? view(plain_, nhwc_) : view(layout_, room_.data());
}

void ImagesToWrite::done() const {
  if (layout_ != plain_) reorder(room_.data(), layout_, nhwc_, plain_);
}

}  // namespace nibble::kernels::onednn
