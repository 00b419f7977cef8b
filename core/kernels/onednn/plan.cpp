#include "core/kernels/onednn/plan.h"

#include <map>
#include <mutex>

#include "core/check.h"
#include "core/kernels/onednn/winograd.h"

namespace nibble::kernels::onednn {

// Never destroyed, because oneDNN's own globals may be destroyed earlier.
dnnl::engine& cpu() {
  static dnnl::engine* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

namespace {

template <typename Primitive>
Plan plan_with(const typename Primitive::primitive_desc& pd, const memory::desc& x, const memory::desc& w,
               const memory::desc& y, const Plan::Names& names) {
  return {Primitive(pd), x, w, y, pd.scratchpad_desc(), names};
}

}  // namespace

Plan as_plan(const dnnl::convolution_forward::primitive_desc& pd) {
  return plan_with<dnnl::convolution_forward>(pd, pd.src_desc(), pd.weights_desc(), pd.dst_desc(),
                                              {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST});
}

Plan as_plan(const dnnl::convolution_backward_data::primitive_desc& pd) {
  return plan_with<dnnl::convolution_backward_data>(pd, pd.diff_src_desc(), pd.weights_desc(),
                                                    pd.diff_dst_desc(),
                                                    {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST});
}

Plan as_plan(const dnnl::convolution_backward_weights::primitive_desc& pd) {
  return plan_with<dnnl::convolution_backward_weights>(
      pd, pd.src_desc(), pd.diff_weights_desc(), pd.diff_dst_desc(),
      {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST});
}

namespace {

using Tag = memory::format_tag;

dnnl::stream& stream() {
  thread_local dnnl::stream stream(cpu());
  return stream;
}

memory::desc image(const Shape& s, Type type) { return {{s[0], s[3], s[1], s[2]}, type, Tag::nhwc}; }

memory::desc weight(const Shape& w, int groups, Type type, bool any) {
  if (groups == 1) return {{w[0], w[3], w[1], w[2]}, type, any ? Tag::any : Tag::ohwi};
  return {{groups, w[0] / groups, w[3], w[1], w[2]}, type, any ? Tag::any : Tag::gohwi};
}

Plan direct_plan(Direction direction, const Problem& p) {
  const Conv2dGeometry& g = p.geometry;
  const memory::dims strides{g.stride.h, g.stride.w}, dilates{g.dilation.h - 1, g.dilation.w - 1};
  // oneDNN wants the exact padding behind, such that the last window ends with it.
  const auto behind = [](long in, long out, long kernel, int stride, int padding, int dilation) {
    return (out - 1) * stride + dilation * (kernel - 1) + 1 - in - padding;
  };
  const memory::dims before{g.padding.h, g.padding.w};
  const memory::dims after{behind(p.x[1], p.y[1], p.w[1], g.stride.h, g.padding.h, g.dilation.h),
                           behind(p.x[2], p.y[2], p.w[2], g.stride.w, g.padding.w, g.dilation.w)};
  const memory::desc x = image(p.x, p.types.x), y = image(p.y, p.types.y);
  const memory::desc w = weight(p.w, g.groups, p.types.w, true);
  const auto algorithm = dnnl::algorithm::convolution_direct;
  const dnnl::primitive_attr attr = attributes();
  // A backward primitive needs its forward primitive as a hint, whose tensors all have the type of its
  // operands.
  const auto forward = [&](Type x_type, Type w_type, Type y_type) {
    const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_training, algorithm,
                                               image(p.x, x_type), weight(p.w, g.groups, w_type, true),
                                               image(p.y, y_type), strides, dilates, before, after);
    return dnnl::convolution_forward::primitive_desc(desc, attr, cpu());
  };
  switch (direction) {
    case Direction::forward:
      return as_plan(forward(p.types.x, p.types.w, p.types.y));
    case Direction::input_gradient: {
      const dnnl::convolution_backward_data::desc desc(algorithm, x, w, y, strides, dilates, before, after);
      const dnnl::convolution_backward_data::primitive_desc pd(desc, attr, cpu(),
                                                               forward(p.types.y, p.types.y, p.types.y));
      return as_plan(pd);
    }
    case Direction::weight_gradient: {
      const dnnl::convolution_backward_weights::desc desc(algorithm, x, w, y, strides, dilates, before,
                                                          after);
      const dnnl::convolution_backward_weights::primitive_desc pd(desc, attr, cpu(),
                                                                  forward(p.types.y, p.types.y, p.types.y));
      return as_plan(pd);
    }
  }
  fail("conv2d: unknown direction");
}

Plan create_plan(Direction direction, const Problem& p) {
  const OneThread guard;  // oneDNN chooses its blocking by the number of threads
  if (p.algorithm == Algorithm::fastest) {
    if (const std::optional<Plan> plan = winograd_plan(direction, p)) return *plan;
  }
  return direct_plan(direction, p);
}

}  // namespace

const Plan& plan(Direction direction, const Problem& p) {
  static std::mutex mutex;
  static auto* const plans = new std::map<std::vector<long>, Plan>;
  std::vector<long> key{static_cast<long>(direction), static_cast<long>(p.algorithm),
                        static_cast<long>(p.types.x), static_cast<long>(p.types.w),
                        static_cast<long>(p.types.y)};
  for (const Shape* shape : {&p.x, &p.w, &p.y}) {
    key.insert(key.end(), shape->extents().begin(), shape->extents().end());
  }
  const Conv2dGeometry& g = p.geometry;
  for (const Size2& size : {g.stride, g.padding, g.dilation}) key.insert(key.end(), {size.h, size.w});
  key.push_back(g.groups);
  const std::lock_guard lock(mutex);
  auto found = plans->find(key);
  if (found == plans->end()) found = plans->emplace(key, create_plan(direction, p)).first;
  return found->second;
}

memory view(const memory::desc& desc, const void* data) { return {desc, cpu(), const_cast<void*>(data)}; }

memory::desc plain_weight(const Shape& w, int groups, Type type) { return weight(w, groups, type, false); }

Array<std::uint8_t> room_for(const memory::desc& desc) {
  return Array<std::uint8_t>::uninitialized({static_cast<long>(desc.get_size())});
}

void reorder(const void* from, const memory::desc& from_desc, void* into, const memory::desc& to) {
  memory source = view(from_desc, from), target = view(to, into);
  dnnl::reorder(source, target).execute(stream(), source, target);
  stream().wait();
}

void execute(const Plan& p, std::unordered_map<int, memory> arguments) {
  const Array<std::uint8_t> scratchpad = room_for(p.scratchpad);
  arguments.emplace(DNNL_ARG_SCRATCHPAD, view(p.scratchpad, scratchpad.data()));
  p.primitive.execute(stream(), arguments);
  stream().wait();
}

void execute(const Plan& p, const memory& x, const memory& w, const memory& y) {
  execute(p, {{p.names.x, x}, {p.names.w, w}, {p.names.y, y}});
}

Pieces::Pieces(Direction towards, const Types& types, const Shape& x, const Shape& w, const Shape& y,
               const Conv2dGeometry& geometry, Algorithm algorithm)
    : direction(towards), ranges(cut(x[0], kBatchPieces)) {
  for (const Range& range : ranges) {
    Problem problem{x, w, y, geometry, types, algorithm};
    problem.x[0] = problem.y[0] = range.size();
    plans.push_back(&plan(direction, problem));
  }
}

std::vector<Array<std::uint8_t>> Pieces::weights(const void* w, const Shape& shape, int groups,
                                                 Type type) const {
  const memory::desc plain = plain_weight(shape, groups, type);
  std::vector<Array<std::uint8_t>> result;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (i > 0 && plans[i]->w == plans[i - 1]->w) {
      result.push_back(result.back());
      continue;
    }
    result.push_back(room_for(plans[i]->w));
    std::uint8_t* const into = result.back().data();
    if (wants_transformed(plans[i]->w)) {
      transform_weight(direction, static_cast<const float*>(w), shape, plans[i]->w,
                       reinterpret_cast<float*>(into));
    } else {
      reorder(w, plain, into, plans[i]->w);
    }
  }
  return result;
}

WeightGradients::WeightGradients(const Pieces& pieces, const Shape& w, int groups)
    : pieces_(pieces),
      shape_(w),
      plain_(plain_weight(w, groups, Type::f32)),
      partial_(static_cast<std::size_t>(pieces.count())) {}

void* WeightGradients::room(long i) {
  auto& room = partial_[static_cast<std::size_t>(i)];
  room = room_for(pieces_.plan_of(i).w);
  return room.data();
}

void WeightGradients::done(long i) {
  if (pieces_.one_weight_layout()) return;
  auto& room = partial_[static_cast<std::size_t>(i)];
  const auto plain = room_for(plain_);
  reorder(room.data(), pieces_.plan_of(i).w, const_cast<std::uint8_t*>(plain.data()), plain_);
  room = plain;
}

Tensor WeightGradients::sum() {
  const auto floats = [](Array<std::uint8_t>& bytes) { return reinterpret_cast<float*>(bytes.data()); };
  float* const total = floats(partial_.front());
  parallel_chunks(partial_.front().size() / static_cast<long>(sizeof(float)), kElementGrain / kBatchPieces,
                  [&](Range range) {
                    for (std::size_t i = 1; i < partial_.size(); ++i) {
                      const float* const from = floats(partial_[i]);
                      for (long k = range.begin; k < range.end; ++k) total[k] += from[k];
                    }
                  });
  Tensor dw = Tensor::uninitialized(shape_);
  reorder(total, pieces_.one_weight_layout() ? pieces_.plan_of(0).w : plain_, dw.data(), plain_);
  return dw;
}

}  // namespace nibble::kernels::onednn
