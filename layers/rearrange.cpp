#include "layers/rearrange.h"

#include "autograd/ops/dropout.h"
#include "autograd/ops/shape.h"
#include "layers/check_inputs.h"

namespace nibble {

Flatten::Flatten(const FlattenOptions&, std::span<const Shape> inputs, Rng) { output_shape(inputs); }

Shape Flatten::output_shape(std::span<const Shape> inputs) const {
  return {only_input(inputs, "flatten").count()};
}

Signal Flatten::forward(std::span<const Signal> inputs, const Pass&) const {
  const Shape& x = inputs[0].value.shape();
  return {reshape(inputs[0].value, {x[0], x.row()}), inputs[0].grid};
}

Subsample::Subsample(const SubsampleOptions& o, std::span<const Shape> inputs, Rng) : options(o) {
  const Shape& x = only_image(inputs, "subsample");
  check(o.stride > 0, "subsample: found stride ", o.stride, ", expected at least 1");
  check(o.out_channels >= x[2], "subsample: found ", o.out_channels,
        " output channels, expected at least the ", x[2], " of input ", x);
}

Shape Subsample::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_image(inputs, "subsample");
  const long stride = options.stride;
  return {(x[0] + stride - 1) / stride, (x[1] + stride - 1) / stride, options.out_channels};
}

Signal Subsample::forward(std::span<const Signal> inputs, const Pass&) const {
  const Signal& x = inputs[0];
  const long channels = x.value.shape().back();
  const Var pad = options.out_channels > channels ? border_value(x, border) : Var();
  return {subsample(x.value, options.stride, options.out_channels, leading(channels), pad), x.grid};
}

Dropout::Dropout(const DropoutOptions& o, std::span<const Shape> inputs, Rng) : options(o) {
  only_input(inputs, "dropout");
  check(o.rate >= 0 && o.rate < 1, "dropout: found rate ", o.rate, ", expected 0 <= rate < 1");
}

Shape Dropout::output_shape(std::span<const Shape> inputs) const { return only_input(inputs, "dropout"); }

Signal Dropout::forward(std::span<const Signal> inputs, const Pass& pass) const {
  if (!pass.training || options.rate == 0) return inputs[0];
  check(pass.rng != nullptr, "dropout: found no random generator, expected Pass::rng in training");
  const Signal& x = inputs[0];
  const long period = options.same_for_all_steps ? pass.sequences : 0;
  const DropoutMask mask = dropout_mask(x.value.shape(), static_cast<Real>(options.rate), *pass.rng, period);
  if (!x.grid) return dropout(x.value, mask);

  const AffineGrid grid = x.grid->affine();
  const int zero = grid.zero_code();
  const Real towards = grid.value(zero);
  Signal y(dropout(x.value, mask, towards), x.grid);
  const Real scale = grid.scale * mask.factor;
  y.grid->scale = Var(Tensor({1}, {scale}));
  y.grid->shift = Var(Tensor({1}, {towards - scale * static_cast<Real>(zero)}));
  if (const Codes* const from = x.codes()) {
    Array<std::uint8_t> codes = Array<std::uint8_t>::uninitialized(from->codes.shape());
    const auto dropped = static_cast<std::uint8_t>(zero - grid.grid.lo);
    for (long i = 0; i < codes.size(); ++i)
      codes.data()[i] = mask.kept.data()[i] ? from->codes.data()[i] : dropped;
    y.carried = Codes{std::move(codes)};
  }
  return y;
}

Slice::Slice(const SliceOptions& o, std::span<const Shape> inputs, Rng) : options(o) { output_shape(inputs); }

Shape Slice::output_shape(std::span<const Shape> inputs) const {
  Shape x = only_input(inputs, "slice");
  check(x.rank() > 0 && 0 <= options.begin && options.begin < options.end && options.end <= x.back(),
        "slice: found channels ", options.begin, " to ", options.end, " of input ", x,
        ", expected 0 <= begin < end <= channels");
  x[x.rank() - 1] = options.end - options.begin;
  return x;
}

Signal Slice::forward(std::span<const Signal> inputs, const Pass&) const {
  return {slice(inputs[0].value, options.begin, options.end), inputs[0].grid};
}

}  // namespace nibble
