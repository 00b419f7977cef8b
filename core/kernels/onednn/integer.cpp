// Products of codes with integer sums: u8 x s8 -> s32, with weights packed once.
#include <deque>
#include <map>
#include <mutex>

#include "core/kernels/onednn/engine.h"
#include "core/kernels/onednn/plan.h"

namespace nibble::kernels::onednn {
namespace {

class ByteProduct : public IntegerProduct {
 public:
  ByteProduct(IntegerWeights weights, const Conv2dGeometry& geometry)
      : weights_(std::move(weights)), geometry_(geometry) {}

  void run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const override {
    const auto& [plan, packed] = prepared(shape);
    execute(*plan, {{DNNL_ARG_SRC, view(plan->x, x)},
                    {DNNL_ARG_WEIGHTS, view(plan->w, packed->data())},
                    {DNNL_ARG_DST, view(plan->y, sums)}});
  }

 private:
  struct Prepared {
    const Plan* plan;
    const Array<std::uint8_t>* weights;
  };

  const Prepared& prepared(const Shape& shape) const {
    const std::lock_guard lock(mutex_);
    const auto found = prepared_.find(shape.extents());
    if (found != prepared_.end()) return found->second;
    const Shape y = conv2d_output_shape(shape, weights_.shape, geometry_, "integer product");
    const Plan& p =
        plan(Direction::forward, {shape, weights_.shape, y, geometry_, {Type::u8, Type::s8, Type::s32}});
    return prepared_.emplace(shape.extents(), Prepared{&p, &packed(p.w)}).first->second;
  }

  // Plans for blocks of different sizes nearly always want the same layout.
  const Array<std::uint8_t>& packed(const memory::desc& layout) const {
    for (const auto& [known, weights] : packed_) {
      if (known == layout) return weights;
    }
    packed_.emplace_back(layout, room_for(layout));
    Array<std::uint8_t>& room = packed_.back().second;
    reorder(weights_.codes.data(), plain_weight(weights_.shape, geometry_.groups, Type::s8), room.data(),
            layout);
    return room;
  }

  IntegerWeights weights_;
  Conv2dGeometry geometry_;
  mutable std::mutex mutex_;
  mutable std::map<std::vector<long>, Prepared> prepared_;  // by the block's shape
  mutable std::deque<std::pair<memory::desc, Array<std::uint8_t>>> packed_;
};

}  // namespace

std::unique_ptr<IntegerProduct> integer_product(IntegerWeights weights, const Conv2dGeometry& geometry) {
  return std::make_unique<ByteProduct>(std::move(weights), geometry);
}

}  // namespace nibble::kernels::onednn
