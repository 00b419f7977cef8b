#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace nibble {

/// Puts a file in place whole or not at all. `write` receives the name of a file beside `path` (path.tmp-PID)
/// and writes it; that file then goes to disk, takes the place of `path`, and the directory entry goes to
/// disk too. So whoever opens `path`, now or after a power cut, finds the old content or the new one. If
/// anything fails, the file beside is removed, `path` is untouched, and the exception goes on; failures of
/// the system are Errors that name the file. The directory must exist.
void write_atomically(const std::string& path, const std::function<void(const std::string& aside)>& write);

/// Makes or empties a file and writes it, with nothing atomic about it. Throws Error with the system's
/// reason.
void write_bytes(const std::string& path, std::string_view bytes);

/// write_atomically for a text.
void write_text_atomically(const std::string& path, std::string_view text);

}  // namespace nibble
