#pragma once

#include <functional>
#include <string>

namespace nibble {

/// Reads a file in a copy of this process, for a format that has no seal and a library that trusts its input.
/// Throws Error that names the file where the copy crashes, takes more than two seconds of a processor, a
/// minute in all or 4 GiB; it says that `expected` was expected, "the record of a run". An exception of
/// `read` is left to the caller's own reading.
void try_in_another_process(const std::string& path, const std::string& expected,
                            const std::function<void()>& read);

}  // namespace nibble
