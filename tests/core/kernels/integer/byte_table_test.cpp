#include "core/kernels/integer/byte_table.h"

#include <catch2/catch.hpp>
#include <vector>

#include "core/random.h"

namespace nibble::kernels::byte_table_test {

TEST_CASE("a_byte_table_reads_every_entry_at_every_length") {
  Rng rng(1);
  ByteTable table;
  for (auto& entry : table) entry = static_cast<std::uint8_t>(rng.uniform(0, 256));
  for (const long n : {0L, 1L, 63L, 64L, 65L, 256L, 1000L}) {
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(n)), fast = codes, slow = codes;
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i * 7);
    look_up(table, codes.data(), n, fast.data());
    plain::look_up(table, codes.data(), n, slow.data());
    CHECK(fast == slow);
    look_up(table, codes.data(), n, codes.data());  // in place
    CHECK(codes == slow);
  }
}

}  // namespace nibble::kernels::byte_table_test
