#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace nibble {

/// Bytes done of bytes in all (0 where the server does not say), several times a second. Returning false ends
/// the download with an Error; what has come is kept.
using DownloadProgress = std::function<bool(long done, long total)>;

/// Gets `url` (http or https) into `part`. If `part` holds bytes already, asks only for those behind them; a
/// server that sends everything nevertheless makes it start again. An Error says what went wrong and whether
/// a further attempt goes on; the bytes that came are kept. Whether they are the right ones is for the caller
/// to check.
void download(const std::string& url, const std::filesystem::path& part, const DownloadProgress& progress);

}  // namespace nibble
