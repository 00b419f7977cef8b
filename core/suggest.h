#pragma once

#include <string>
#include <vector>

namespace nibble {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
int edit_distance(const std::string& a, const std::string& b);

/// The candidate nearest to a misspelt word; empty if none is near (more than a third of the word
/// wrong). Capitals do not count.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// "; did you mean 'epochs'?", or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

/// "a, b, c"
std::string join(const std::vector<std::string>& words, const std::string& separator = ", ");

}  // namespace nibble
