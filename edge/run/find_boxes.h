#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "edge/graph/box_decoder.h"
#include "edge/graph/integer_value.h"

namespace nibble::edge {

/// The boxes that the outputs of one image say, best first: the definition of BoxDecoder
/// (edge/graph/box_decoder.h), candidate by candidate. What runs on the device
/// (edge/kernels/portable/nbl_find_boxes_a8.c) finds the same without room for candidates.
///   graph: verified, with boxes; outputs: of all images, as reference and evaluator have them
///   threshold: of scores; what is not above it is no candidate
///   most: of a class; what comes behind so many is left out
std::vector<Box> find_boxes(const IntegerGraph& graph, const IntegerOutputs& outputs, long image,
                            std::uint32_t threshold,
                            std::size_t most = std::numeric_limits<std::size_t>::max());

/// Whether a box that was taken covers another one of its class.
bool covers(const BoxDecoder& boxes, const Box& taken, const Box& other);

}  // namespace nibble::edge
