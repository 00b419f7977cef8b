// The first part is a cfg, the second a .weights file for its network.
#include <cctype>

#include "experiments/training/import_darknet.h"
#include "layers/darknet/darknet.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fuzz {
namespace {

// Whether no number has three digits: other networks may fill the memory.
bool is_small(const std::string& cfg) {
  int digits = 0;
  for (const char c : cfg) {
    digits = std::isdigit(static_cast<unsigned char>(c)) ? digits + 1 : 0;
    if (digits > 2) return false;
  }
  return true;
}

void read_darknet(std::string_view bytes) {
  const std::vector<std::string> texts = parts(bytes);
  const auto sections = darknet::parse_cfg(texts.front(), "f.cfg");
  darknet::heads_of(sections);
  const Shape input = darknet::input_shape(sections);
  if (!is_small(texts.front())) return;
  darknet::Model model = darknet::build(sections, input, darknet::NormForm::alexeyab, Rng(1));
  require(model.heads.empty() || model.network.outputs().size() == model.heads.size(),
          "a network has another number of outputs than heads");
  if (texts.size() < 2) return;
  const std::string path = (folder() / "f.weights").string();
  write_file(path, texts[1]);
  import_darknet(model.network, path);
}

const Registered registered_darknet("darknet", &read_darknet);

}  // namespace
}  // namespace nibble::fuzz
