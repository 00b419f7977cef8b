#pragma once

#include <string>
#include <vector>

#include "experiments/process/table.h"

namespace nibble {

/// What a network answered to one sample.
struct Answer {
  std::string sample;  // its file, or its number from 0
  long label = 0, answer = 0;

  bool right() const { return label == answer; }
};

/// The answers in a file of `nibble evaluate --answers`: the columns file or index, label and answer of a
/// table; what other columns say is not read. Throws Error, with the line, where one of them is missing or no
/// number, and for a sample that stands there twice.
std::vector<Answer> read_answers(const std::string& path);

/// Two networks on the same samples.
struct PairedComparison {
  long samples = 0;
  long right_first = 0, right_second = 0;
  long only_first = 0, only_second = 0;  // right there and wrong in the other: the discordant pairs b and c
  long agreeing = 0;                     // with the same answer, right or wrong

  /// The difference of the shares of right answers, first − second: (b − c) / n.
  double difference() const;
  /// √(b + c − (b − c)² / n) / n, of the difference of paired shares.
  double standard_error() const;
};

/// Half of the width of an interval that holds the true difference with a probability of 95 %, where pairs
/// are many enough for a normal distribution, in standard errors.
inline constexpr double kInterval95 = 1.959964;

/// Throws Error, in the names of both, where the samples or their labels are not the same; their order does
/// not matter.
PairedComparison compare_answers(const std::vector<Answer>& first, const std::vector<Answer>& second,
                                 const std::string& first_name, const std::string& second_name);

}  // namespace nibble
