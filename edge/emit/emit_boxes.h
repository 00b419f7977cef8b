#pragma once

#include <string>

#include "edge/emit/model_names.h"
#include "edge/graph/device_cost.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

// What a graph with boxes has in C beside its outputs (BoxDecoder, edge/graph/box_decoder.h).

inline constexpr long kBoxBytes = 24;  // of one, the caller's
inline constexpr const char* kBoxKernel = "nbl_find_boxes_a8";

/// Declarations for the model's header.
std::string box_interface(const IntegerGraph& graph, const ModelNames& names);

/// Tables, structs and functions for the model's source.
std::string box_source(const IntegerGraph& graph, const ModelNames& names);

/// Tables and structs; pointers of 32 bits.
DeviceCost box_cost(const BoxDecoder& boxes);

}  // namespace nibble::edge
