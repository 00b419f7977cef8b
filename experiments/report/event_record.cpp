#include "experiments/report/event_record.h"

#include <bit>

namespace nibble::report {
namespace {

template <typename Number>
void append_little_endian(std::string& bytes, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

// Protocol buffers: seven bits a byte, the lowest first; the highest bit says that more follow.
void append_varint(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80U; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
  bytes += static_cast<char>(value);
}

enum class Wire : std::uint64_t { varint = 0, eight_bytes = 1, length = 2, four_bytes = 5 };

void append_key(std::string& bytes, std::uint64_t field, Wire wire) {
  append_varint(bytes, field << 3U | static_cast<std::uint64_t>(wire));
}

void append_text(std::string& bytes, std::uint64_t field, std::string_view text) {
  append_key(bytes, field, Wire::length);
  append_varint(bytes, text.size());
  bytes += text;
}

// Event.wall_time = 1
std::string begun_event(double wall_time) {
  std::string bytes;
  append_key(bytes, 1, Wire::eight_bytes);
  append_little_endian(bytes, std::bit_cast<std::uint64_t>(wall_time));
  return bytes;
}

// Summary.Value: tag = 1, simple_value = 2
std::string value_message(const EventScalar& scalar) {
  std::string bytes;
  append_text(bytes, 1, scalar.tag);
  append_key(bytes, 2, Wire::four_bytes);
  append_little_endian(bytes, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
  return bytes;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U; }

std::string tf_record(std::string_view bytes) {
  std::string record;
  append_little_endian(record, static_cast<std::uint64_t>(bytes.size()));
  append_little_endian(record, masked_crc32c(std::string(record)));
  record += bytes;
  append_little_endian(record, masked_crc32c(bytes));
  return record;
}

std::string event_message(double wall_time, long step, const std::vector<EventScalar>& scalars) {
  std::string summary;
  for (const EventScalar& scalar : scalars) append_text(summary, 1, value_message(scalar));
  std::string event = begun_event(wall_time);
  append_key(event, 2, Wire::varint);  // Event.step
  append_varint(event, static_cast<std::uint64_t>(step));
  append_text(event, 5, summary);  // Event.summary
  return event;
}

std::string version_message(double wall_time) {
  std::string event = begun_event(wall_time);
  append_text(event, 3, "brain.Event:2");  // Event.file_version
  return event;
}

}  // namespace nibble::report
