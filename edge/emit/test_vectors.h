#pragma once

#include <string>
#include <vector>

#include "core/array.h"
#include "edge/emit/model_names.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// test_vectors.h of an emitted model: inputs, the checksum of each layer's codes, outputs, and boxes where
/// the graph has them, all from the reference. samples: [N, ...sample].
std::string test_vectors(const IntegerGraph& graph, const Array<std::uint8_t>& samples,
                         const ModelNames& names);

/// A text for the selftest of a model that reads text.
struct TextSample {
  Array<std::int32_t> tokens = {};      // [steps]
  std::vector<std::string> words = {};  // of all tokens, for people; empty: they are printed as numbers
};

/// test_vectors.h of an emitted model that reads text: tokens, and of each step the checksum of each
/// layer's codes, of recurrent layers' inner values, and of the scores.
std::string test_vectors(const IntegerGraph& graph, const TextSample& sample, const ModelNames& names);

/// `steps` random tokens.
Array<std::int32_t> random_tokens(const IntegerGraph& graph, long steps);

/// n samples of random codes.
Array<std::uint8_t> random_samples(const IntegerGraph& graph, long n);

}  // namespace nibble::edge
