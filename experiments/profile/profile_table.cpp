#include "experiments/profile/profile_table.h"

#include <algorithm>
#include <cstdio>
#include <iomanip>

#include "core/check.h"

namespace nibble {

namespace {

constexpr int kNumber = 9;  // width of a column
constexpr double kMiB = 1024 * 1024;

// With three digits or so, and nothing where there is nothing to say.
std::string figure(double value) {
  if (value == 0) return "";
  char text[32];
  std::snprintf(text, sizeof text, value < 0.995 ? "%.3f" : value < 99.5 ? "%.2f" : "%.0f", value);
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

double per_second(double amount, double seconds) { return seconds > 0 ? 1e-9 * amount / seconds : 0; }

// Of quantities in giga a second.
void print_pass(const PassProfile& pass, std::ostream& out) {
  const double shown[] = {1e3 * pass.seconds, 1e-6 * pass.cost.bytes,
                          per_second(pass.cost.bytes, pass.seconds),
                          per_second(pass.cost.operations, pass.seconds)};
  for (const double value : shown) out << std::setw(kNumber) << figure(value);
}

void print_rows(const StepProfile& profile, double all, std::ostream& out) {
  std::size_t node = 4, layers = 6;
  for (const ProfileRow& row : profile.rows) {
    node = std::max(node, row.node.size());
    layers = std::max(layers, row.layers.size());
  }
  const int first = static_cast<int>(node) + 2, second = static_cast<int>(layers);
  out << std::left << std::setw(first + second) << "" << std::right << std::setw(4 * kNumber) << "forward"
      << std::setw(4 * kNumber) << "backward"
      << "\n"
      << std::left << std::setw(first) << "node" << std::setw(second) << "layers" << std::right;
  for (int pass = 0; pass < 2; ++pass)
    for (const char* head : {"ms", "MB", "GB/s", "GOP/s"}) out << std::setw(kNumber) << head;
  out << std::setw(kNumber) << "share"
      << "\n";
  for (const ProfileRow& row : profile.rows) {
    out << std::left << std::setw(first) << row.node << std::setw(second) << row.layers << std::right;
    print_pass(row.forward, out);
    print_pass(row.backward, out);
    out << std::setw(kNumber) << percent((row.forward.seconds + row.backward.seconds) / all) << "\n";
  }
}

void print_totals(const StepProfile& profile, double all, std::ostream& out) {
  out << std::left << std::setw(28) << "total of" << std::right;
  for (const char* head : {"ms", "MB", "GB/s", "GOP/s", "share"}) out << std::setw(kNumber) << head;
  out << "\n";
  for (const ProfileTotal& total : totals(profile)) {
    out << std::left << std::setw(28) << name(total.kind) << std::right;
    const double shown[] = {1e3 * total.seconds, 1e-6 * total.bytes, per_second(total.bytes, total.seconds),
                            per_second(total.operations, total.seconds)};
    for (const double value : shown) out << std::setw(kNumber) << figure(value);
    out << std::setw(kNumber) << percent(total.seconds / all) << "\n";
  }
  out << std::left << std::setw(28) << "all" << std::right << std::setw(kNumber) << figure(1e3 * all) << "\n";
}

}  // namespace

void print_profile(const StepProfile& profile, std::ostream& out) {
  const double all = profile.seconds();
  check(all > 0, "profile: found no time in it");
  out << profile.model << ", quant.method " << profile.method << ", batch " << profile.batch << " "
      << profile.unit << ", " << profile.threads << " threads: a step takes "
      << figure(1e3 * profile.step_seconds) << " ms (median of " << profile.steps << ")\n\n";
  print_rows(profile, all, out);
  out << "\n";
  print_totals(profile, all, out);
  const QuantizationShare share = quantization_share(profile);
  out << "\nfake quantization: " << percent(share.at_least) << " by itself, at most "
      << percent(share.at_most)
      << " with all of the chains that hold quantizers\n"
         "A chain (batch_norm+relu+...) is computed in one sweep, but for what convolutions compute piece "
         "by\n"
         "piece where they read it: a ReLU behind a norm, and what a norm says about its input. A norm's\n"
         "moments, and behind a ReLU the sums of its gradient, are taken where convolutions write. All that\n"
         "counts in the convolutions' rows. "
         "A layer's weight quantizer counts in its row. MB and operations follow from shapes "
         "(layers/network/step_cost.h).\n"
         "Arrays held "
      << figure(profile.peak_bytes / kMiB) << " MiB at most, within " << figure(profile.reach_bytes / kMiB)
      << " MiB of memory.\n";
}

}  // namespace nibble
