#pragma once

#include <string>
#include <string_view>

namespace nibble {

/// xxh64 of a text, as 16 hexadecimal digits: whether two texts are the same, for names and comparisons. It
/// does not protect against forgery.
std::string hash_of(std::string_view text);

}  // namespace nibble
