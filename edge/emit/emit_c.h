#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/array.h"
#include "edge/emit/emit_input.h"
#include "edge/emit/model_names.h"
#include "edge/emit/test_vectors.h"
#include "edge/graph/integer_graph.h"
#include "edge/graph/plan_memory.h"

namespace nibble::edge {

struct EmitOptions {
  std::string name = "model";        // what it was made from, for people
  std::string c_name = "model";      // of its files, functions and macros: model_names.h
  std::string origin = "";           // version, commit, config: one line; empty: unknown
  Array<std::uint8_t> samples = {};  // [N, ...sample] for the selftest; empty: four images of random codes
  TextSample text = {};              // of a graph that reads text; empty: twenty random tokens
  PixelCodes pixels = {};            // of a graph that reads images; empty: unknown
  std::vector<std::string> classes = {};  // names of its scores, or of its boxes' classes; empty: unknown
};

/// Writes a model as C99, which C++ reads too: model.h, model.c (tables and the list of calls),
/// model_pixels.c and model_names.c where it is known what stands behind codes and scores, the kernels in
/// use, Makefile, CMakeLists.txt, selftest.c with test_vectors.h, README.txt, memory.txt. The memory that it
/// works in, with what a text leaves in it, is a struct of the caller's. A graph that reads text becomes
/// model_reset and model_step; of several outputs model_run gets a struct of pointers. A graph with boxes has
/// model_detect besides. `make check` there compiles and runs the selftest. Models of different c_name fit
/// into one program, which needs each kernel once. The graph is verified first. Throws Error if the directory
/// cannot be written or holds files of others; files of an earlier export are overwritten, and removed where
/// they are no longer used.
void emit_c(const IntegerGraph& graph, const std::filesystem::path& directory,
            const EmitOptions& options = {});

/// The texts of model.h and model.c, and the kernels' functions that they call.
struct EmittedModel {
  std::string header, source;
  std::vector<std::string> kernels;  // "nbl_add_a8", ...
};
EmittedModel emit_model(const IntegerGraph& graph, const MemoryPlan& plan, const EmitOptions& options);

}  // namespace nibble::edge
