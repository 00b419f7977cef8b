#pragma once

#include <map>
#include <string>
#include <vector>

namespace nibble {

// What can be learned from a resolved config as text (RunRecord::config_text), without knowing its keys.

/// "train.epochs" -> "40": every key, as text. A key that stands several times has its values line by line.
std::map<std::string, std::string> parse_config(const std::string& text);

/// False for keys that cannot change a result: threads, paths, how often a checkpoint is written.
bool changes_results(const std::string& key);

/// True for keys that nothing reads: how to quantize where quant.method is none, how to reconstruct where
/// quant.reconstruct is. `config` is the whole of it, as parse_config gives it.
bool is_idle(const std::string& key, const std::map<std::string, std::string>& config);

/// A key that has two values; a repeated key has them in one line.
struct ConfigDifference {
  std::string key, there, here;
};
/// The keys that differ between two resolved configs, in order; those that cannot change a result may differ,
/// and those that are idle in both: their defaults may be others in another version.
std::vector<ConfigDifference> different_keys(const std::string& there, const std::string& here);

/// "train.epochs (40 there, 20 here)" for the first three of different_keys, and
/// how many more there are; empty where none does.
std::string config_differences(const std::string& there, const std::string& here);

/// The identity of a config: XXH64, as 16 hexadecimal digits, of all its keys and values but those that
/// config_differences lets differ. Two resolved configs have the same identity where nothing differs.
std::string config_hash(const std::string& text);

}  // namespace nibble
