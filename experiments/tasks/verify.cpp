#include "experiments/tasks/verify.h"

#include <algorithm>

#include "core/buffer_pool.h"
#include "core/files/temporary_directory.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"

namespace nibble {

void export_integers(const Task& task, const edge::IntegerGraph& graph, edge::EmitOptions options,
                     const std::string& directory) {
  task.pack(graph, options);
  edge::emit_c(graph, directory, options);
}

bool VerifyResult::layers_agree() const {
  return std::all_of(agreement.begin(), agreement.end(), [](const edge::LayerAgreement& layer) {
    return layer.largest_step <= 1 && layer.differing * 1000 <= layer.codes;
  });
}

VerifyResult verify_integers(const Task& task, Network& network, const edge::IntegerGraph& graph,
                             const std::string& name, const VerifyOptions& options, std::ostream& progress) {
  const NoGradient evaluation_only;
  const TemporaryDirectory directory;
  export_integers(task, graph, {.name = name}, directory.path());
  const edge::CompiledModel compiled(graph, directory.path());

  const IntegerCheck checks = task.integer_check(graph);
  const long samples = options.samples == 0 ? checks.samples : std::min(options.samples, checks.samples);
  const long c_samples = std::min(options.c_samples, samples);
  VerifyResult result;
  result.compared = checks.compared;
  for (long begin = 0; begin < samples;) {
    // Batches end where emitted C ends, so that each is either with it or without.
    const long end = std::min(begin + checks.batch, begin < c_samples ? c_samples : samples);
    edge::accumulate(result.comparison, checks.compare(begin < c_samples ? &compiled : nullptr, begin, end));
    if (begin / 1000 != end / 1000 || end == samples) {
      progress << "  " << end << " of " << samples << " " << task.outline().unit << ": "
               << result.comparison.differences << " differences\n"
               << std::flush;
    }
    begin = end;
  }
  result.agreement = checks.agreement(network);
  buffer_pool::trim();
  return result;
}

}  // namespace nibble
