#include "quant/chains/chain_tables.h"

#include <numeric>

#include "quant/ops/grid_loops.h"

namespace nibble::chains {

std::optional<CodeTables> code_tables(const Chain& chain) {
  constexpr long kCodes = std::tuple_size_v<kernels::ByteTable>;
  CodeTables tables(chain.steps.size());
  std::iota(tables[0].begin(), tables[0].end(), std::uint8_t{0});
  std::array<Real, kCodes> value, next;
  decode(tables[0].data(), value.data(), kCodes, *chain.steps[0].grid);
  for (std::size_t k = 1; k < chain.steps.size(); ++k) {
    const Step& step = chain.steps[k];
    if (step.kept && step.grid && !encode(value.data(), tables[k].data(), kCodes, *step.grid)) return {};
    step.forward(value.data(), next.data(), kCodes);
    value = next;
  }
  return tables;
}

}  // namespace nibble::chains
