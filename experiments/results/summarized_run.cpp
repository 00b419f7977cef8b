#include "experiments/results/summarized_run.h"

#include <set>

#include "core/suggest.h"
#include "experiments/config/config.h"
#include "experiments/config/layer_bits.h"
#include "experiments/config/option_value.h"
#include "experiments/results/config_text.h"

namespace nibble {
namespace {

// Paths of the layers whose weights have quantizers; none before the first evaluation.
std::vector<std::string> layers_of(const RunRecord& record) {
  std::vector<std::string> layers;
  for (const auto& [path, quantizer] : record.quantizers) {
    for (const char* end : {"/input/weight", "/recurrent/weight", "/weight"}) {
      if (!path.ends_with(end)) continue;
      layers.push_back(path.substr(0, path.size() - std::string(end).size()));
      break;
    }
  }
  return layers;
}

LayerBits bits_of(const RunRecord& record) {
  const auto values = parse_config(record.config_text);
  const auto overrides = values.find("quant.override");
  if (record.method == "none" || overrides == values.end())
    return {{record.weight_bits}, {record.activation_bits}};
  return layer_bits(record.weight_bits, record.activation_bits, split(overrides->second, '\n'),
                    layers_of(record));
}

std::string slashed(const std::vector<int>& bits) {
  std::vector<std::string> words;
  for (const int b : bits) words.push_back(std::to_string(b));
  return join(words, "/");
}

}  // namespace

SummarizedRun summarized_run(RunRecord record, std::string directory) {
  const LayerBits bits = bits_of(record);
  SummarizedRun run{
      std::move(record), std::move(directory), {}, slashed(bits.weights), slashed(bits.activations)};
  const auto config = parse_config(complete_config(run.record.config_text));
  for (const auto& [key, value] : config)
    if (changes_results(key) && !is_idle(key, config)) run.config[key] = join(split(value, '\n'), ", ");
  return run;
}

std::vector<std::string> varying_keys(const std::vector<SummarizedRun>& runs) {
  std::map<std::string, std::set<std::string>> values;
  for (const SummarizedRun& run : runs)
    for (const auto& [key, value] : run.config) values[key].insert(value);
  std::vector<std::string> keys;
  for (const auto& [key, found] : values)
    if (found.size() > 1 && key != "run.name") keys.push_back(key);
  return keys;
}

}  // namespace nibble
