#include "experiments/process/machine.h"

#include <catch2/catch.hpp>

#include "core/kernels/conv/built_with_onednn.h"

namespace nibble::machine_test {

TEST_CASE("what_is_missing_is_the_processor_s_or_the_build_s") {
  CHECK(why_without("VNNI") == (kernels::built_with_onednn()
                                    ? "this processor has no VNNI"
                                    : "this program was built without oneDNN, which would use VNNI"));
}

}  // namespace nibble::machine_test
