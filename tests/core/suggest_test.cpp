#include "core/suggest.h"

#include <catch2/catch.hpp>

namespace nibble::suggest_test {

TEST_CASE("edit_distance_counts_single_edits_and_swaps") {
  CHECK(edit_distance("epochs", "epochs") == 0);
  CHECK(edit_distance("epochs", "epoch") == 1);
  CHECK(edit_distance("epohcs", "epochs") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
}

TEST_CASE("did_you_mean_names_the_nearest_word") {
  CHECK(did_you_mean("learnig_rate", {"epochs", "learning_rate", "label_smoothing"}) ==
        "; did you mean 'learning_rate'?");
}

TEST_CASE("did_you_mean_is_silent_where_nothing_is_near") {
  CHECK(did_you_mean("colour", {"epochs", "batch"}).empty());
  CHECK(did_you_mean("x", {}).empty());
}

}  // namespace nibble::suggest_test
