#include "edge/emit/embedded_texts.h"

#include <algorithm>

#include "core/check.h"

namespace nibble::edge {

std::string_view embedded_text(std::string_view file) {
  for (const EmbeddedFile& embedded : embedded_texts()) {
    if (embedded.name == file) return embedded.text;
  }
  fail("embedded_text: found no file '", file, "', expected one of edge/kernels/portable or edge/emit/host");
}

std::vector<std::string> with_includes(const std::vector<std::string>& files) {
  std::vector<std::string> all = files;
  for (std::size_t i = 0; i < all.size(); ++i) {  // grows while it is walked
    const std::string_view text = embedded_text(all[i]);
    constexpr std::string_view kInclude = "#include \"";
    for (auto at = text.find(kInclude); at != std::string_view::npos; at = text.find(kInclude, at)) {
      at += kInclude.size();
      const std::string included(text.substr(at, text.find('"', at) - at));
      if (std::find(all.begin(), all.end(), included) == all.end()) all.push_back(included);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace nibble::edge
