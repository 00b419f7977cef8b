#include "core/parts/part_team.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "core/check.h"
#include "tests/support/thread_ranks.h"

namespace nibble::part_team_test {
namespace {

// Numbers whose sum depends on the order: of part p, number i.
Real number(long p, long i) {
  constexpr Real kScales[] = {1, 10, 100, 1000, 10000};
  return kScales[p % 5] * (Real((7919 * i + 104729 * p) % 1009) / 1009 - Real(0.5));
}

// What each part leaves with, by part: sums of tensors of 3 and n numbers.
using Numbers = std::vector<std::vector<Real>>;

void in_process(PartTeam& team, const std::function<void(Part&)>& work) {
  std::vector<std::jthread> threads;
  for (long i = 0; i < team.size(); ++i) threads.emplace_back([&, i] { work(team.part(i)); });
}

Numbers sums(long parts, long processes, long n) {
  Numbers left(static_cast<std::size_t>(parts));
  ThreadRanks ranks(processes);
  ranks.together([&](Ranks& rank) {
    PartTeam team(parts, processes == 1 ? nullptr : &rank);
    in_process(team, [&](Part& part) {
      for (int round = 0; round < 2; ++round) {  // the second one finds what the first has left behind
        std::vector<Real> first(3), second(static_cast<std::size_t>(n));
        for (long i = 0; i < 3; ++i) first[static_cast<std::size_t>(i)] = number(part.index(), i);
        for (long i = 0; i < n; ++i) second[static_cast<std::size_t>(i)] = number(part.index(), 3 + i);
        part.offer(first);
        part.offer(second);
        part.finish();
        first.insert(first.end(), second.begin(), second.end());
        left[static_cast<std::size_t>(part.index())] = first;
      }
    });
  });
  return left;
}

// (0 1)(2 3) first, then pairs of pairs.
Real tree(long first, long parts, long i) {
  if (parts == 1) return number(first, i);
  return tree(first, parts / 2, i) + tree(first + parts / 2, parts / 2, i);
}

}  // namespace

TEST_CASE("parts_add_up_along_a_tree_whatever_process_they_are_in") {
  const long n = GENERATE(0L, 1L, 2L, 5L, 5000L, 600'000L);
  INFO(n << " numbers");
  for (const auto& [parts, processes] : std::vector<std::pair<long, long>>{
           {1, 1}, {2, 1}, {2, 2}, {4, 1}, {4, 2}, {4, 4}, {8, 1}, {8, 2}, {8, 8}, {16, 4}}) {
    if (n > 5000 && parts > 4) continue;  // several portions: core/parts/sums_beside.cpp
    INFO(parts << " parts in " << processes << " processes");
    const Numbers left = sums(parts, processes, n);
    for (long p = 0; p < parts; ++p) {
      const std::vector<Real>& of_part = left[static_cast<std::size_t>(p)];
      REQUIRE(std::ssize(of_part) == 3 + n);
      long wrong = 0;
      for (long i = 0; i < 3 + n; ++i)
        wrong += of_part[static_cast<std::size_t>(i)] == tree(0, parts, i) ? 0 : 1;
      CHECK(wrong == 0);
    }
  }
}

// All numbers of a round travel before a part says that this was all of them.
TEST_CASE("a_part_that_ends_its_round_late_adds_up_the_same") {
  ThreadRanks ranks(2);
  std::vector<Real> left(2);
  ranks.together([&](Ranks& rank) {
    PartTeam team(2, &rank);
    in_process(team, [&](Part& part) {
      for (int round = 0; round < 3; ++round) {
        std::vector<Real> tensor(600'000, Real(1 + part.index()));
        part.offer(tensor);
        if (part.index() == 1) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        part.finish();
        left[static_cast<std::size_t>(part.index())] += tensor.front() + tensor.back();
      }
    });
  });
  CHECK(left == std::vector<Real>{18, 18});
}

TEST_CASE("parts_that_offer_unequally_many_tensors_are_told") {
  for (const long more : {0L, 1L}) {  // the first part of a process, or the other one
    ThreadRanks ranks(2);
    std::atomic<int> told = 0, called_off = 0;
    ranks.together([&](Ranks& rank) {
      PartTeam team(4, &rank);
      in_process(team, [&](Part& part) {
        std::vector<Real> first(3), second(2);
        part.offer(first);
        if (part.index() % 2 == more) part.offer(second);
        try {
          part.finish();
        } catch (const CalledOff&) {
          ++called_off;
        } catch (const Error& error) {
          told += std::string(error.what()) ==
                  "parts: found parts with unequally many tensors to add up, expected the same";
        }
      });
    });
    CHECK(told == 2);
    CHECK(called_off == 2);
  }
}

TEST_CASE("parts_combine_their_numbers_in_order") {
  for (const long processes : {1L, 2L, 4L}) {
    ThreadRanks ranks(processes);
    std::vector<double> left(4);
    ranks.together([&](Ranks& rank) {
      PartTeam team(4, processes == 1 ? nullptr : &rank);
      in_process(team, [&](Part& part) {
        double value = static_cast<double>(part.index() + 1);
        part.reduce(std::span(&value, 1),
                    [](std::span<double> lower, std::span<const double> higher, long of_each) {
                      lower[0] = (of_each == 1 ? 10 : 100) * lower[0] + higher[0];
                    });
        left[static_cast<std::size_t>(part.index())] = value;
      });
    });
    CHECK(left == std::vector<double>{1234, 1234, 1234, 1234});
  }
}

TEST_CASE("a_part_that_fails_is_not_waited_for") {
  PartTeam team(4, nullptr);
  std::atomic<int> told = 0;
  in_process(team, [&](Part& part) {
    if (part.index() == 2) return team.call_off();
    std::vector<double> numbers(3);
    try {
      part.sum(numbers);
    } catch (const CalledOff&) {
      ++told;
    }
  });
  CHECK(told == 3);
}

TEST_CASE("numbers_of_parts_and_processes_are_powers_of_two") {
  CHECK_THROWS_WITH(PartTeam(3, nullptr), "train.parts: found 3, expected a power of two");
  CHECK_THROWS_WITH(PartTeam(0, nullptr), "train.parts: found 0, expected a power of two");
  ThreadRanks three(3), four(4);
  CHECK_THROWS_WITH(PartTeam(4, &three[0]),
                    "found 3 processes for train.parts = 4, expected a power of two of at most so many");
  CHECK_THROWS_AS(PartTeam(2, &four[0]), Error);
  CHECK(PartTeam(8, &four[3]).part(1).index() == 7);
}

}  // namespace nibble::part_team_test
