#include "core/kernels/onednn_engine.h"

#ifndef NIBBLE_REAL_DOUBLE

#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>
#include "core/check.h"
#include "core/parallel.h"

namespace nibble::kernels::onednn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

constexpr auto kFloat = memory::data_type::f32;

// Never destroyed: oneDNN's own globals may go first.
dnnl::engine& cpu() {
  static dnnl::engine* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

dnnl::stream& stream() {
  thread_local dnnl::stream stream(cpu());
  return stream;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

enum class Direction : long { forward, input_gradient, weight_gradient };

// One convolution primitive and the weight layout that it asked for.
struct Plan {
  dnnl::primitive primitive;
  memory::desc x, w, y, scratchpad;
};

struct Problem {
  Shape x, w, y;  // of one piece of the batch
  Conv2dGeometry geometry;
};

memory::desc image(const Shape& s) { return {{s[0], s[3], s[1], s[2]}, kFloat, Tag::nhwc}; }

// Weight as OHWI, in oneDNN's view [O, I, KH, KW] or [G, O/G, I/G, KH, KW].
memory::desc weight(const Shape& w, int groups, bool any) {
  if (groups == 1) return {{w[0], w[3], w[1], w[2]}, kFloat, any ? Tag::any : Tag::ohwi};
  return {{groups, w[0] / groups, w[3], w[1], w[2]}, kFloat, any ? Tag::any : Tag::gohwi};
}

Plan create_plan(Direction direction, const Problem& p) {
  const OneThread guard;  // the library picks its blocking by the threads it sees
  const Conv2dGeometry& g = p.geometry;
  const memory::dims strides{g.stride.h, g.stride.w}, dilates{g.dilation.h - 1, g.dilation.w - 1};
  // oneDNN wants the padding behind exactly, so that no output position hangs over.
  const auto behind = [](long in, long out, long kernel, int stride, int padding, int dilation) {
    return (out - 1) * stride + dilation * (kernel - 1) + 1 - in - padding;
  };
  const memory::dims before{g.padding.h, g.padding.w};
  const memory::dims after{behind(p.x[1], p.y[1], p.w[1], g.stride.h, g.padding.h, g.dilation.h),
                           behind(p.x[2], p.y[2], p.w[2], g.stride.w, g.padding.w, g.dilation.w)};
  const memory::desc x = image(p.x), y = image(p.y), w = weight(p.w, g.groups, true);
  const auto algorithm = dnnl::algorithm::convolution_direct;
  const dnnl::primitive_attr attr = attributes();
  const dnnl::convolution_forward::desc forward(dnnl::prop_kind::forward_training, algorithm, x, w, y,
                                                strides, dilates, before, after);
  const dnnl::convolution_forward::primitive_desc forward_pd(forward, attr, cpu());
  switch (direction) {
    case Direction::forward:
      return {dnnl::convolution_forward(forward_pd), forward_pd.src_desc(), forward_pd.weights_desc(),
              forward_pd.dst_desc(), forward_pd.scratchpad_desc()};
    case Direction::input_gradient: {
      const dnnl::convolution_backward_data::desc desc(algorithm, x, w, y, strides, dilates, before, after);
      const dnnl::convolution_backward_data::primitive_desc pd(desc, attr, cpu(), forward_pd);
      return {dnnl::convolution_backward_data(pd), pd.diff_src_desc(), pd.weights_desc(), pd.diff_dst_desc(),
              pd.scratchpad_desc()};
    }
    case Direction::weight_gradient: {
      const dnnl::convolution_backward_weights::desc desc(algorithm, x, w, y, strides, dilates, before,
                                                          after);
      const dnnl::convolution_backward_weights::primitive_desc pd(desc, attr, cpu(), forward_pd);
      return {dnnl::convolution_backward_weights(pd), pd.src_desc(), pd.diff_weights_desc(),
              pd.diff_dst_desc(), pd.scratchpad_desc()};
    }
  }
  fail("conv2d: unknown direction");
}

const Plan& plan(Direction direction, const Problem& p) {
  static std::mutex mutex;
  static auto* const plans = new std::map<std::vector<long>, Plan>;
  std::vector<long> key{static_cast<long>(direction)};
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

memory view(const memory::desc& desc, const float* data) { return {desc, cpu(), const_cast<float*>(data)}; }

Tensor room_for(const memory::desc& desc) {
  return Tensor::uninitialized({static_cast<long>((desc.get_size() + sizeof(float) - 1) / sizeof(float))});
}

// The values of `from` in the layout `to`; the same handle if the layouts agree.
Tensor reordered(const Tensor& from, const memory::desc& from_desc, const memory::desc& to) {
  if (from_desc == to) return from;
  Tensor result = room_for(to);
  memory source = view(from_desc, from.data()), target = view(to, result.data());
  dnnl::reorder(source, target).execute(stream(), source, target);
  stream().wait();
  return result;
}

// The batch in pieces, and a plan for each piece's size.
struct Pieces {
  std::vector<Range> ranges;
  std::vector<const Plan*> plans;

  Pieces(Direction direction, const Shape& x, const Shape& w, const Shape& y, const Conv2dGeometry& geometry)
      : ranges(cut(x[0], kBatchPieces)) {
    for (const Range& range : ranges) {
      Problem problem{x, w, y, geometry};
      problem.x[0] = problem.y[0] = range.size();
      plans.push_back(&plan(direction, problem));
    }
  }
  long count() const { return static_cast<long>(ranges.size()); }
  const Range& range(long i) const { return ranges[static_cast<std::size_t>(i)]; }
  const Plan& plan_of(long i) const { return *plans[static_cast<std::size_t>(i)]; }

  // The weight in each plan's layout; nearly always one reorder for all.
  std::vector<Tensor> weights(const Tensor& w, const memory::desc& plain) const {
    std::vector<Tensor> result;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      result.push_back(i > 0 && plans[i]->w == plans[i - 1]->w ? result.back()
                                                               : reordered(w, plain, plans[i]->w));
    }
    return result;
  }
};

void execute(const Plan& p, std::unordered_map<int, memory> arguments) {
  const Tensor scratchpad = room_for(p.scratchpad);
  arguments.emplace(DNNL_ARG_SCRATCHPAD, view(p.scratchpad, scratchpad.data()));
  p.primitive.execute(stream(), arguments);
  stream().wait();
}

}  // namespace

Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry) {
  Tensor y = Tensor::uninitialized(conv2d_output_shape(x.shape(), w.shape(), geometry, "conv2d"));
  const Pieces pieces(Direction::forward, x.shape(), w.shape(), y.shape(), geometry);
  const std::vector<Tensor> weights = pieces.weights(w, weight(w.shape(), geometry.groups, false));
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const long n = pieces.range(i).begin;
    execute(p, {{DNNL_ARG_SRC, view(p.x, x.data() + n * x.shape().row())},
                {DNNL_ARG_WEIGHTS, view(p.w, weights[static_cast<std::size_t>(i)].data())},
                {DNNL_ARG_DST, view(p.y, y.data() + n * y.shape().row())}});
  });
  return y;
}

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry) {
  Tensor dx = Tensor::uninitialized(x);
  const Pieces pieces(Direction::input_gradient, x, w.shape(), dy.shape(), geometry);
  const std::vector<Tensor> weights = pieces.weights(w, weight(w.shape(), geometry.groups, false));
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const long n = pieces.range(i).begin;
    execute(p, {{DNNL_ARG_DIFF_DST, view(p.y, dy.data() + n * dy.shape().row())},
                {DNNL_ARG_WEIGHTS, view(p.w, weights[static_cast<std::size_t>(i)].data())},
                {DNNL_ARG_DIFF_SRC, view(p.x, dx.data() + n * x.row())}});
  });
  return dx;
}

Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry) {
  const Pieces pieces(Direction::weight_gradient, x.shape(), w, dy.shape(), geometry);
  const memory::desc plain = weight(w, geometry.groups, false);
  std::vector<Tensor> partial(static_cast<std::size_t>(pieces.count()));
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const long n = pieces.range(i).begin;
    const Tensor dw = room_for(p.w);
    execute(p, {{DNNL_ARG_SRC, view(p.x, x.data() + n * x.shape().row())},
                {DNNL_ARG_DIFF_DST, view(p.y, dy.data() + n * dy.shape().row())},
                {DNNL_ARG_DIFF_WEIGHTS, view(p.w, dw.data())}});
    // Pieces of two sizes may have two layouts; then they meet in the plain one.
    const bool same = pieces.plan_of(0).w == pieces.plan_of(pieces.count() - 1).w;
    partial[static_cast<std::size_t>(i)] = same ? dw : reordered(dw, p.w, plain);
  });
  const bool same = pieces.plan_of(0).w == pieces.plan_of(pieces.count() - 1).w;
  Tensor& total = partial.front();
  parallel_chunks(total.size(), kElementGrain / kBatchPieces, [&](Range range) {
    for (std::size_t i = 1; i < partial.size(); ++i) {
      const float* const from = partial[i].data();
      for (long k = range.begin; k < range.end; ++k) total.data()[k] += from[k];
    }
  });
  const Tensor dw = same ? reordered(total, pieces.plan_of(0).w, plain) : total;
  return dw.reshaped({dw.size()}).rows(0, w.count()).reshaped(w);
}

namespace {

// c[begin..end) = a · b for a range of the rows of c; row-major, as dnnl_sgemm counts.
void gemm(char transpose_a, char transpose_b, long m, long n, long k, const float* a, long lda,
          const float* b, long ldb, float* c) {
  const dnnl_status_t status =
      dnnl_sgemm(transpose_a, transpose_b, m, n, k, 1.0f, a, lda, b, ldb, 0.0f, c, n);
  check(status == dnnl_success, "matmul: oneDNN refused a product of ", m, " x ", n, " x ", k);
}

Shape with_last(Shape shape, long last) {
  shape[shape.rank() - 1] = last;
  return shape;
}

}  // namespace

Tensor matmul_nt(const Tensor& a, const Tensor& b) {
  const long k = a.shape().back(), m = a.size() / k, n = b.shape()[0];
  Tensor y = Tensor::uninitialized(with_last(a.shape(), n));
  const std::vector<Range> pieces = cut(m, kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range r = pieces[static_cast<std::size_t>(i)];
    gemm('N', 'T', r.size(), n, k, a.data() + r.begin * k, k, b.data(), k, y.data() + r.begin * n);
  });
  return y;
}

Tensor matmul_nn(const Tensor& a, const Tensor& b) {
  const long n = a.shape().back(), m = a.size() / n, k = b.shape()[1];
  Tensor y = Tensor::uninitialized(with_last(a.shape(), k));
  const std::vector<Range> pieces = cut(m, kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range r = pieces[static_cast<std::size_t>(i)];
    gemm('N', 'N', r.size(), k, n, a.data() + r.begin * n, n, b.data(), k, y.data() + r.begin * k);
  });
  return y;
}

Tensor matmul_tn(const Tensor& a, const Tensor& b) {
  const long n = a.shape().back(), m = a.size() / n, k = b.shape().back();
  Tensor y = Tensor::uninitialized({n, k});
  const std::vector<Range> pieces =
      cut(n, kBatchPieces);  // over the output, so that no partial sums are needed
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range r = pieces[static_cast<std::size_t>(i)];
    gemm('T', 'N', r.size(), k, m, a.data() + r.begin, n, b.data(), k, y.data() + r.begin * k);
  });
  return y;
}

}  // namespace nibble::kernels::onednn

#endif
