#include "experiments/tasks/integer_run.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/buffer_pool.h"
#include "core/files/temporary_directory.h"
#include "datasets/images/batches.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/results/record.h"

namespace nibble {
namespace {

constexpr long kVerifyBatch = 50;  // all layers of a batch are in memory at once
constexpr long kSelftestImages = 4;
constexpr long kAgreementImages = 200;  // layer by layer against fake quantization

Array<std::uint8_t> test_codes(const edge::IntegerGraph& graph, const ImageSet& dataset, long begin,
                               long end) {
  return edge::encode_input(graph, batch_in_order(dataset, dataset.test, begin, end).x);
}

}  // namespace

edge::IntegerGraph lower_run(const LoadedRun& run, const std::string& name) {
  check(run.config.quant.method != QuantMethod::none, name,
        ": a float run has no integer form; train one with quant.method = learned_scale_shift");
  return edge::lower(run.network, name);
}

Evaluation evaluate_integers(Network& network, const ImageSet& dataset, const Split& split) {
  const NoGradient evaluation_only;
  const edge::IntegerGraph graph = edge::lower(network);
  const edge::Evaluator evaluate(graph);
  Evaluation evaluation = start_evaluation(split.size(), network.output_shape().back());
  evaluation.loss = kNotMeasured;
  for (long begin = 0; begin < split.size(); begin += kEvaluationBatch) {
    const Batch batch =
        batch_in_order(dataset, split, begin, std::min(begin + kEvaluationBatch, split.size()));
    evaluation.add(evaluate(edge::encode_input(graph, batch.x)), categories(batch.targets, "evaluate"));
  }
  evaluation.finish();
  buffer_pool::trim();
  return evaluation;
}

void export_run(const LoadedRun& run, const std::string& name, const std::string& directory) {
  const edge::IntegerGraph graph = lower_run(run, name);
  const ImageSet& dataset = run.images("export");
  const long images = std::min(kSelftestImages, dataset.test.size());
  edge::emit_c(graph, directory, {.name = name, .samples = test_codes(graph, dataset, 0, images)});
}

bool VerifyResult::layers_agree() const {
  return std::all_of(agreement.begin(), agreement.end(), [](const edge::LayerAgreement& layer) {
    return layer.largest_step <= 1 && layer.differing * 1000 <= layer.codes;
  });
}

VerifyResult verify_run(LoadedRun& run, const std::string& name, const VerifyOptions& options,
                        std::ostream& progress) {
  const NoGradient evaluation_only;
  const ImageSet& dataset = run.images("verify");
  const edge::IntegerGraph graph = lower_run(run, name);
  const TemporaryDirectory directory;
  edge::emit_c(graph, directory.path(), {.name = name, .samples = test_codes(graph, dataset, 0, 1)});
  const edge::CompiledModel compiled(graph, directory.path());

  const long available = dataset.test.size();
  const long images = options.images == 0 ? available : std::min(options.images, available);
  const long c_images = std::min(options.c_images, images);
  VerifyResult result;
  for (long begin = 0; begin < images;) {
    // Batches end where emitted C ends, so that each is either with it or without.
    const long end = std::min(begin + kVerifyBatch, begin < c_images ? c_images : images);
    const Array<std::uint8_t> codes = test_codes(graph, dataset, begin, end);
    edge::accumulate(result.comparison,
                     edge::compare(graph, begin < c_images ? &compiled : nullptr, codes, begin));
    if (begin / 1000 != end / 1000 || end == images) {
      progress << "  " << end << " of " << images << " images: " << result.comparison.differences
               << " differences\n"
               << std::flush;
    }
    begin = end;
  }
  for (long begin = 0; begin < std::min(kAgreementImages, available); begin += kVerifyBatch) {
    const long end = std::min({begin + kVerifyBatch, kAgreementImages, available});
    const Batch batch = batch_in_order(dataset, dataset.test, begin, end);
    edge::accumulate(result.agreement, edge::compare_with_network(run.network, graph, batch.x));
  }
  buffer_pool::trim();
  return result;
}

}  // namespace nibble
