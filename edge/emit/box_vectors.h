#pragma once

#include <string>

#include "edge/emit/model_names.h"
#include "edge/graph/integer_value.h"

namespace nibble::edge {

/// The part of test_vectors.h on boxes: what the reference finds in each sample, with the threshold of the
/// graph and without one, and a function that compares it with what the model finds. Behind test_inputs.
///   outputs: of the samples, from the reference
std::string box_vectors(const IntegerGraph& graph, const IntegerOutputs& outputs, const ModelNames& names);

}  // namespace nibble::edge
