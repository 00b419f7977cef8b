#include "experiments/report/event_record.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#include "experiments/report/event_files.h"
#include "experiments/results/results_file.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::report::event_record_test {
namespace {

// A reader of the format, written from its description and not from the writer.
struct Reader {
  std::string bytes;
  std::size_t at = 0;

  template <typename Number>
  Number number() {
    REQUIRE(at + sizeof(Number) <= bytes.size());
    Number value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
  }
  std::string text(std::size_t size) {
    REQUIRE(at + size <= bytes.size());
    at += size;
    return bytes.substr(at - size, size);
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
  }
  bool done() const { return at == bytes.size(); }
};

std::uint32_t unmasked(std::uint32_t masked) {
  const std::uint32_t turned = masked - 0xA282EAD8U;
  return turned << 15U | turned >> 17U;
}

struct ReadEvent {
  double wall_time = 0;
  long step = 0;
  std::string version;
  std::map<std::string, float> scalars;
};

void read_value(Reader value, std::map<std::string, float>& scalars) {
  std::string tag;
  while (!value.done()) {
    const std::uint64_t key = value.varint();
    if (key == (1U << 3U | 2U))
      tag = value.text(value.varint());
    else if (key == (2U << 3U | 5U))
      scalars[tag] = value.number<float>();
    else
      FAIL("key " << key << " in a value");
  }
}

ReadEvent read_event(Reader event) {
  ReadEvent read;
  while (!event.done()) {
    const std::uint64_t key = event.varint();
    if (key == (1U << 3U | 1U)) {
      read.wall_time = event.number<double>();
    } else if (key == (2U << 3U)) {
      read.step = static_cast<long>(event.varint());
    } else if (key == (3U << 3U | 2U)) {
      read.version = event.text(event.varint());
    } else if (key == (5U << 3U | 2U)) {
      Reader summary{event.text(event.varint())};
      while (!summary.done()) {
        REQUIRE(summary.varint() == (1U << 3U | 2U));
        read_value(Reader{summary.text(summary.varint())}, read.scalars);
      }
    } else {
      FAIL("key " << key << " in an event");
    }
  }
  return read;
}

std::vector<ReadEvent> read_events(const std::string& bytes) {
  std::vector<ReadEvent> events;
  for (Reader file{bytes}; !file.done();) {
    const std::string length = file.text(8);
    REQUIRE(unmasked(file.number<std::uint32_t>()) == crc32c(length));
    std::uint64_t size = 0;
    std::memcpy(&size, length.data(), 8);
    const std::string event = file.text(size);
    REQUIRE(unmasked(file.number<std::uint32_t>()) == crc32c(event));
    events.push_back(read_event(Reader{event}));
  }
  return events;
}

}  // namespace

TEST_CASE("checksums_are_those_of_rfc_3720") {
  CHECK(crc32c("123456789") == 0xE3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43U);
  CHECK(unmasked(masked_crc32c("nibble")) == crc32c("nibble"));
}

TEST_CASE("an_event_file_holds_every_value_of_the_record") {
  const RunRecord record = sample_record();
  const std::vector<ReadEvent> events = read_events(event_file(record));
  REQUIRE(events.size() == 1 + record.steps.step.size() + record.epochs.epoch.size());
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[0].wall_time == 1769860800);  // 2026-01-31T12:00:00Z
  for (std::size_t i = 0; i < record.steps.step.size(); ++i) {
    const ReadEvent& event = events[1 + i];
    CHECK(event.step == record.steps.step[i]);
    CHECK(event.scalars ==
          std::map<std::string, float>{
              {"step/loss", static_cast<float>(record.steps.loss[i])},
              {"step/learning_rate", static_cast<float>(record.steps.learning_rate[i])},
              {"step/images_per_second", static_cast<float>(record.steps.samples_per_second[i])}});
  }
  const ReadEvent& second = events[events.size() - 2];  // an epoch that was not evaluated
  CHECK(second.step == 2);
  CHECK(second.wall_time == 1769860800 + 2 * 17.5);
  CHECK(second.scalars.count("epoch/test_top1") == 0);
  CHECK(second.scalars.at("epoch/train_top1") == static_cast<float>(100.0 / 3));
  CHECK(events.back().scalars.at("epoch/test_top1") == 91.73F);
}

TEST_CASE("event_files_of_a_study_lie_in_a_folder_a_run") {
  const TemporaryDirectory directory;
  for (const char* name : {"a", "b/c"}) {
    std::filesystem::create_directories(directory / "runs" / name);
    write_run((directory / "runs" / name / "run.h5").string(), sample_record());
  }
  const EventFiles written = write_event_files(directory / "runs", directory / "events");
  CHECK(written.runs == 2);
  CHECK(read_file(directory / "events/a/events.out.tfevents.nibble") == event_file(sample_record()));
  CHECK(std::filesystem::exists(directory / "events/b/c/events.out.tfevents.nibble"));
  CHECK(write_event_files(directory / "runs/a", directory / "one").runs == 1);
  CHECK(std::filesystem::exists(directory / "one/a/events.out.tfevents.nibble"));
}

}  // namespace nibble::report::event_record_test
