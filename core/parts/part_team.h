#pragma once

#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/array.h"
#include "core/parts/batch_parts.h"
#include "core/parts/meeting.h"
#include "core/parts/ranks.h"
#include "core/parts/sums_beside.h"

namespace nibble {

/// What the thread of one part sees of the others.
class Part : public BatchParts {
 public:
  /// A tensor is to be added to those of the other parts, element by element, and stays untouched until
  /// finish() has returned; then it is the sum in all of them. Each part offers tensors of the same sizes in
  /// the same order, and ends with finish(). Where there are several processes, sums are made and sent
  /// meanwhile.
  virtual void offer(std::span<Real> tensor) = 0;
  virtual void finish() = 0;
};

/// The parts of a batch that this process has, and how their threads find each other and the other processes.
class PartTeam : NonCopyable {
 public:
  /// ranks: null where this process is alone. Throws Error where the numbers are no powers of two, or where
  /// there are more processes than parts.
  PartTeam(long parts, Ranks* ranks);

  /// How many parts this process has.
  long size() const { return static_cast<long>(parts_.size()); }
  /// For the thread of one of them, 0 ≤ i < size().
  Part& part(long i) { return parts_[static_cast<std::size_t>(i)]; }
  /// Tells all that wait for a part that it has failed. Nothing is possible after that.
  void call_off();

 private:
  class Member : public Part {
   public:
    Member(PartTeam& team, long i) : team_(team), i_(i) {}
    long count() const override { return team_.count_; }
    long index() const override { return team_.first_ + i_; }
    void reduce(std::span<double> values, const Combine& combine) override;
    void offer(std::span<Real> tensor) override;
    void finish() override;

   private:
    void sum_share(std::span<Real> into) const;

    PartTeam& team_;
    const long i_;
    std::vector<std::span<Real>> offered_;
  };

  const long count_;
  Ranks* const ranks_;
  long first_ = 0;
  std::deque<Member> parts_;
  Meeting meeting_;
  // What the threads show each other between two meetings, by part.
  std::vector<std::span<double>> values_;
  std::vector<const std::vector<std::span<Real>>*> tensors_;
  std::vector<double> reduced_;
  std::vector<Real> sums_;            // of all tensors, one after the other
  std::optional<SumsBeside> beside_;  // of several processes
};

}  // namespace nibble
