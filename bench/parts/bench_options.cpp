#include "bench/parts/bench_options.h"

#include <algorithm>

#include "bench/parts/parts.h"
#include "bench/program.h"
#include "core/parallel.h"
#include "core/suggest.h"

namespace nibble::bench {

namespace fs = std::filesystem;

BenchOptions read_bench_options(const std::vector<std::string>& words) {
  BenchOptions chosen;
  std::string nets, parts, out;
  chosen.peer = NIBBLE_SOURCE_DIR "/bench/peers/torch_train_step.py";
  ContestOptions& contest = chosen.contest;
  contest.rounds = contest.steps = contest.threads = 0;
  Options options;
  options.add_switch("quick", chosen.quick,
                     "One net, one round of few steps: whether it works, not how fast.");
  options.add("nets", nets, "Nets, separated by commas; empty: all, or ResNet-20 if quick.");
  options.add("parts", parts, "Parts, separated by commas; empty: all.");
  options.add("rounds", contest.rounds, "Rounds; 0: 5, or 1 if quick.", at_least(0));
  options.add("steps", contest.steps, "Steps of a start; 0: 10, or 2 if quick.", at_least(0));
  options.add("threads", contest.threads, "Threads; 0: all.", at_least(0));
  options.add("out", out, "Directory; empty: results/performance, or runs/bench_quick if quick.");
  options.add("peer", chosen.peer, "The peer's script.");
  apply_words(options, words);

  std::vector<std::string> all;
  for (const Part& part : bench_parts()) all.push_back(part.name);
  chosen.parts = parts.empty() ? all : split(parts, ',');
  for (const std::string& part : chosen.parts)
    if (std::find(all.begin(), all.end(), part) == all.end())
      usage_error("unknown part '", part, "', expected some of ", join(all), did_you_mean(part, all));
  for (const std::string& name : split(nets, ',')) chosen.nets.push_back(find_net(name));
  if (chosen.nets.empty()) chosen.nets = chosen.quick ? std::vector{find_net("resnet20")} : bench_nets();
  if (contest.rounds == 0) contest.rounds = chosen.quick ? 1 : 5;
  if (contest.steps == 0) contest.steps = chosen.quick ? 2 : 10;
  set_threads(contest.threads);
  contest.threads = threads();
  contest.train_step = program_beside_us("train_step");
  const fs::path source = NIBBLE_SOURCE_DIR;
  chosen.out = !out.empty()   ? fs::path(out)
               : chosen.quick ? source / "runs/bench_quick"
                              : source / "results/performance";
  return chosen;
}

std::string program_beside_us(const char* name) {
  return (fs::read_symlink("/proc/self/exe").parent_path() / name).string();
}

}  // namespace nibble::bench
