#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nibble::report {

// What event files of TensorBoard are made of.

/// CRC-32C (Castagnoli), reflected, polynomial 0x82F63B78: of "123456789" it is 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);

/// TFRecord's masked checksum: the CRC turned right by 15 bits, plus 0xA282EAD8.
std::uint32_t masked_crc32c(std::string_view bytes);

/// A TFRecord: the length in 8 bytes, its masked checksum in 4, the bytes, their masked checksum. All little
/// endian.
std::string tf_record(std::string_view bytes);

/// A curve's value: "epoch/test_top1", 91.73.
struct EventScalar {
  std::string tag;
  double value = 0;  // written as float
};

/// A message tensorflow.Event of protocol buffers with such values, measured at `wall_time` (seconds since
/// 1970) at a step or in an epoch.
std::string event_message(double wall_time, long step, const std::vector<EventScalar>& scalars);

/// The message with which an event file begins: "brain.Event:2".
std::string version_message(double wall_time);

}  // namespace nibble::report
