#include "experiments/profile/profile_table.h"

#include "core/check.h"
#include "experiments/process/table.h"
#include "experiments/process/terminal.h"

namespace nibble {

namespace {

constexpr double kMiB = 1024 * 1024;

// With three digits or so, and nothing where there is nothing to say.
std::string figure(double value) {
  if (value == 0) return "";
  return format_fixed(value, value < 0.995 ? 3 : value < 99.5 ? 2 : 0);
}

std::string percent(double share) { return format_fixed(100 * share, 1) + " %"; }

double per_second(double amount, double seconds) { return seconds > 0 ? 1e-9 * amount / seconds : 0; }

// Milliseconds, megabytes, and quantities in giga a second.
void add_rates(std::vector<std::string>& row, double seconds, double bytes, double operations) {
  for (const double value :
       {1e3 * seconds, 1e-6 * bytes, per_second(bytes, seconds), per_second(operations, seconds)})
    row.push_back(figure(value));
}

void add_rate_columns(Table& table, const std::string& pass) {
  for (const char* name : {"ms", "MB", "GB/s", "GOP/s"}) table.columns.push_back({pass + name, true});
}

Table rows_table(const StepProfile& profile, double all) {
  Table table{{{"node"}, {"layers"}}};
  add_rate_columns(table, "fwd ");
  add_rate_columns(table, "bwd ");
  table.columns.push_back({"share", true});
  for (const ProfileRow& row : profile.rows) {
    std::vector<std::string>& texts = table.rows.emplace_back(std::vector{row.node, row.layers});
    for (const PassProfile& pass : {row.forward, row.backward})
      add_rates(texts, pass.seconds, pass.cost.bytes, pass.cost.operations);
    texts.push_back(percent((row.forward.seconds + row.backward.seconds) / all));
  }
  return table;
}

Table totals_table(const StepProfile& profile, double all) {
  Table table{{{"total of"}}};
  add_rate_columns(table, "");
  table.columns.push_back({"share", true});
  for (const ProfileTotal& total : totals(profile)) {
    std::vector<std::string>& texts = table.rows.emplace_back(std::vector<std::string>{name(total.kind)});
    add_rates(texts, total.seconds, total.bytes, total.operations);
    texts.push_back(percent(total.seconds / all));
  }
  table.rows.push_back({"all", figure(1e3 * all), "", "", "", ""});
  return table;
}

}  // namespace

void print_profile(const StepProfile& profile, std::ostream& out, int columns) {
  const double all = profile.seconds();
  check(all > 0, "profile: found no time in it");
  const auto say = [&](const std::string& text) { out << wrap(text, columns == 0 ? 100 : columns); };
  say(str(profile.model, ", quant.method ", profile.method, ", batch ", profile.batch, " ", profile.unit,
          ", ", profile.threads, " threads: a step takes ", figure(1e3 * profile.step_seconds),
          " ms (median of ", profile.steps, "); fwd: forward, bwd: backward"));
  out << "\n";
  print(rows_table(profile, all), out, columns);
  out << "\n";
  print(totals_table(profile, all), out, columns);
  const QuantizationShare share = quantization_share(profile);
  out << "\n";
  say(str("fake quantization: ", percent(share.at_least), " by itself, at most ", percent(share.at_most),
          " with all of the chains that hold quantizers"));
  say("A chain (batch_norm+relu+...) is computed in one sweep, but for what convolutions compute piece by "
      "piece "
      "where they read it: a ReLU behind a norm, and what a norm says about its input. A norm's moments, and "
      "behind a ReLU the sums of its gradient, are taken where convolutions write. All that counts in the "
      "convolutions' rows. A layer's weight quantizer counts in its row. MB and operations follow from "
      "shapes "
      "(layers/network/step_cost.h).");
  say(str("Arrays held ", figure(profile.peak_bytes / kMiB), " MiB at most, within ",
          figure(profile.reach_bytes / kMiB), " MiB of memory."));
}

}  // namespace nibble
