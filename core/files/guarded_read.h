#pragma once

#include <functional>
#include <string>

namespace nibble {

/// Reads a file in a copy of this process, for a format that has no seal and a library that trusts its input.
/// Throws Error that names the file where the copy crashes, takes more than two seconds of a processor, a
/// minute in all or 4 GiB; it says that `expected` was expected, "the record of a run". An exception of
/// `read` is thrown here as an Error of its sentence: a library that has found a fault once may crash over it
/// the next time, so nobody reads such a file again.
void try_in_another_process(const std::string& path, const std::string& expected,
                            const std::function<void()>& read);

}  // namespace nibble
