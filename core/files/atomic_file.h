#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace nibble {

/// Replaces a file completely or not at all. `write` receives the name of a file beside `path` (path.tmp-PID)
/// and writes it. That file is then flushed to disk and renamed to `path`, and the directory entry is
/// flushed, too. So a reader of `path`, now or after a power cut, finds either the old or the new content. If
/// anything fails, the file beside is removed, `path` is not changed, and the exception is passed on.
/// Failures of the system are Errors that name the file. The directory must exist. A link is followed, and
/// what it points to is replaced. A device or a pipe is not replaced: `write` receives its own name.
void write_atomically(const std::string& path, const std::function<void(const std::string& aside)>& write);

/// Creates or truncates a file and writes it; this is not atomic. Throws Error with the reason of the system.
void write_bytes(const std::string& path, std::string_view bytes);

/// write_atomically with a text as the content.
void write_text_atomically(const std::string& path, std::string_view text);

/// The whole of a text file. Throws Error where it cannot be read.
std::string read_text(const std::string& path);

/// Removes what writers of a directory's files left beside them that were killed. Nobody may write there.
void remove_leftovers(const std::string& directory);

}  // namespace nibble
