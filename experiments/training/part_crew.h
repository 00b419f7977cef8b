#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/parts/part_team.h"
#include "experiments/training/train.h"

namespace nibble {

/// The trainers of all parts of a batch that this process has, each with a network of its own and on a thread
/// of its own. They step together and stay equal, so that the first one speaks for all.
class PartCrew : NonCopyable {
 public:
  /// One part, and the network that learns from it.
  struct Member {
    std::unique_ptr<Network> network;
    std::unique_ptr<Trainer> trainer;
  };
  using Enlist = std::function<Member(Part& part)>;

  /// first: sees the team's first part, on the caller's thread. enlist: makes the others. All share the
  /// threads that the caller may use now. The team outlives the crew.
  PartCrew(PartTeam& team, Trainer& first, const Enlist& enlist);
  ~PartCrew();

  /// Calls work for all trainers at once, each on its own thread, and returns when all have done it. Throws
  /// what one of them has thrown; after that the crew is of no use.
  void together(const std::function<void(Trainer&)>& work);

 private:
  struct Worker;

  PartTeam& team_;
  Trainer& first_;
  int threads_of_each_ = 1;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace nibble
