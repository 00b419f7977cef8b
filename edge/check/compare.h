#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edge/check/compiled_model.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// The first place where two computations of a graph disagree.
struct Difference {
  std::string who;               // "evaluate", "emitted C"
  std::string layer;             // name of the node
  long sample = 0;               // image of the inputs; of a text: row, time-major
  long index = 0;                // in the layer's output
  std::int64_t accumulator = 0;  // of the reference, before the last rounding
  std::int64_t expected = 0;     // the reference's code or score
  std::int64_t found = 0;
  std::string value = {};  // of a recurrent layer's cell: "i", "c", ...; of a box its score; or empty
  bool text = false;
};

/// "emitted C differs from the reference at layer 'fc', image 3, index 7: accumulator 812, expected 5, found
/// 6"; of a text "... at layer 'lstm', value 'f', row 3, ...".
std::string to_text(const Difference& difference);

struct Comparison {
  long samples = 0;      // images; of a text: tokens
  long values = 0;       // codes and scores of all layers
  long boxes = 0;        // of a graph that has them
  long differences = 0;  // of values and boxes, over both comparisons
  std::optional<Difference> first;
};

/// Runs the reference, the fast evaluator and, if given, the emitted C on inputs [N, ...sample], and compares
/// every layer, and the boxes of a graph that has them: the first 300 of each image with scores above 0.001.
/// Images are taken in batches, whose layers are all in memory at once. first_sample: what the
/// first of them is called in a Difference.
Comparison compare(const IntegerGraph& graph, const CompiledModel* compiled,
                   const Array<std::uint8_t>& inputs, long first_sample = 0);

/// States of the three computations of a text.
struct ComparedStates {
  IntegerState reference, evaluate;
  CompiledState emitted;
};

/// The same for a graph that reads text, for all steps of a batch: codes, scores, and every gate, c and h of
/// recurrent layers. Samples are rows, time-major. `states` are read, and left as the last step made them.
Comparison compare(const IntegerGraph& graph, const CompiledModel* compiled, const TokenBatch& batch,
                   ComparedStates& states, long first_row = 0);

/// Adds a later comparison to an earlier one; the earlier one's first difference stays.
void accumulate(Comparison& total, const Comparison& more);

}  // namespace nibble::edge
