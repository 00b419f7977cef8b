#pragma once

#include <filesystem>
#include <string>

#include "core/array.h"
#include "edge/emit/test_vectors.h"
#include "edge/graph/integer_graph.h"
#include "edge/graph/plan_memory.h"

namespace nibble::edge {

struct EmitOptions {
  std::string name = "model";        // in the files' headers
  Array<std::uint8_t> samples = {};  // [N, ...sample] for the selftest; empty: four images of random codes
  TextSample text = {};              // of a graph that reads text; empty: twenty random tokens
};

/// Writes a model as C99: model.h, model.c (tables and the list of calls), the kernels in use, Makefile,
/// selftest.c with test_vectors.h, memory.txt. A graph that reads text becomes model_reset and model_step,
/// whose state and working memory are a struct of the caller's. Of several outputs model_run gets a struct of
/// pointers. `make check` there compiles and runs the
/// selftest. The graph is verified first. Throws Error if the directory cannot be written; files of an
/// earlier export are overwritten.
void emit_c(const IntegerGraph& graph, const std::filesystem::path& directory,
            const EmitOptions& options = {});

/// The texts of model.h and model.c, and the kernels' functions that they call.
struct EmittedModel {
  std::string header, source;
  std::vector<std::string> kernels;  // "nbl_add_a8", ...
};
EmittedModel emit_model(const IntegerGraph& graph, const MemoryPlan& plan, const std::string& name);

}  // namespace nibble::edge
