#include "bench/contest.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "experiments/config/option_value.h"
#include "experiments/launch/child_process.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/signals.h"
#include "experiments/profile/median.h"

namespace nibble::bench {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Variant {
  const char *name, *flags;
};
const std::vector<Variant> kFloatPeers{
    {"float-tuned", "--quant none --channels-last --malloc tuned"},
    {"float-bf16", "--quant none --channels-last --malloc tuned --bf16"},
    {"float-default", "--quant none"},
};
const std::vector<Variant> kFourBitPeers{
    {"4bit-tuned", "--quant function --channels-last --malloc tuned"},
    {"4bit-bf16", "--quant function --channels-last --malloc tuned --bf16"},
};

// The Python of the distribution, whose packages the peer is made of.
constexpr const char* kPython = "/usr/bin/python3";

std::string our_name(const std::string& mode) { return "nibble " + mode; }

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<double> figures(const std::vector<Attempt>& attempts, const std::string& contestant,
                            double Attempt::*figure) {
  std::vector<double> found;
  for (const Attempt& a : attempts)
    if (a.contestant == contestant && a.failure.empty()) found.push_back(a.*figure);
  return found;
}

double middle(const std::vector<double>& values) { return values.empty() ? kNaN : median(values); }
double largest(const std::vector<double>& values) {
  return values.empty() ? kNaN : *std::max_element(values.begin(), values.end());
}

}  // namespace

std::vector<Contestant> contestants(const BenchNet& net, const ContestOptions& options) {
  const std::vector<std::string> common{"--batch",   std::to_string(net.batch),
                                        "--steps",   std::to_string(options.steps),
                                        "--threads", std::to_string(options.threads)};
  std::vector<Contestant> all;
  const auto add_ours = [&](const std::string& mode) {
    Contestant ours{our_name(mode), {options.train_step, "--net", net.name, "--mode", mode}, false};
    ours.command.insert(ours.command.end(), common.begin(), common.end());
    all.push_back(std::move(ours));
  };
  const auto add_peers = [&](const std::vector<Variant>& variants) {
    for (const Variant& variant : options.peer.empty() ? std::vector<Variant>{} : variants) {
      Contestant peer{variant.name, {kPython, options.peer, "--model", net.name}, true};
      for (const std::string& flag : split(variant.flags, ' ')) peer.command.push_back(flag);
      peer.command.insert(peer.command.end(), common.begin(), common.end());
      all.push_back(std::move(peer));
    }
  };
  if (contains(options.modes, "float")) add_ours("float");
  add_peers(kFloatPeers);
  if (!contains(options.modes, "w4a4")) return all;
  add_ours("w4a4");
  add_peers(kFourBitPeers);
  return all;
}

Attempt attempt(const Contestant& contestant, int round) {
  Attempt result;
  result.contestant = contestant.name;
  result.round = round;
  const CapturedChild child = run_captured(contestant.command);
  if (child.result.exit_code != 0) {
    result.failure = child.result.how;
    return result;
  }
  const std::string text = trim(child.output);
  try {
    const std::string line = text.substr(text.find_last_of('\n') + 1);
    const auto said = nlohmann::json::parse(line);
    result.per_s = said.at(said.contains("tokens_per_s") ? "tokens_per_s" : "images_per_s");
    result.peak_mib = said.at("peak_rss_mib");
    result.line = line;
  } catch (const nlohmann::json::exception&) {
    result.failure = "its last line is no JSON with images_per_s or tokens_per_s, and peak_rss_mib";
  }
  return result;
}

std::vector<Attempt> hold_contest(const BenchNet& net, const ContestOptions& options,
                                  const std::function<void(const Attempt&)>& tell) {
  std::vector<Contestant> left = contestants(net, options);
  std::vector<Attempt> attempts;
  for (int round = 1; round <= options.rounds; ++round) {
    std::vector<std::string> failed;
    for (const Contestant& contestant : left) {
      Attempt result = attempt(contestant, round);
      if (stop_requested()) return attempts;  // what it said, if anything, is of a step cut short
      // Ours has no excuse: a comparison with less than what it is about would only look like one.
      check(contestant.is_peer || result.failure.empty(), contestant.name, " on ", net.name, ": ",
            result.failure);
      if (!result.failure.empty()) failed.push_back(contestant.name);
      tell(result);
      attempts.push_back(std::move(result));
    }
    std::erase_if(left, [&](const Contestant& c) { return contains(failed, c.name); });
  }
  return attempts;
}

std::vector<SummaryRow> summarize(const BenchNet& net, const ContestOptions& options,
                                  const std::vector<Attempt>& attempts, const std::string& revision) {
  std::vector<SummaryRow> rows;
  for (const std::string& mode : options.modes) {
    const std::string ours = our_name(mode);
    if (figures(attempts, ours, &Attempt::per_s).empty()) continue;
    SummaryRow row{.net = net.name,
                   .batch = net.batch,
                   .threads = options.threads,
                   .mode = mode,
                   .peer = "",
                   .revision = revision};
    row.nibble_per_s = middle(figures(attempts, ours, &Attempt::per_s));
    row.nibble_peak_mib = largest(figures(attempts, ours, &Attempt::peak_mib));
    row.peer_per_s = row.peer_peak_mib = kNaN;
    std::vector<Variant> beside = mode == "float" ? kFloatPeers : kFourBitPeers;
    if (mode != "float") beside.insert(beside.end(), kFloatPeers.begin(), kFloatPeers.end());
    if (options.peer.empty()) beside = {{"", ""}};
    for (const Variant& variant : beside) {
      row.peer = variant.name;
      row.peer_per_s = middle(figures(attempts, variant.name, &Attempt::per_s));
      row.peer_peak_mib = largest(figures(attempts, variant.name, &Attempt::peak_mib));
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace nibble::bench
