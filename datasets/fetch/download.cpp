#include "datasets/fetch/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/check.h"

namespace nibble {
namespace {

constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 60;  // without a byte

// The part file, and what its callbacks have to tell afterwards.
struct Transfer {
  const DownloadProgress& progress;
  int file = -1;
  long begin = 0;  // bytes that were there before
  int write_error = 0;

  ~Transfer() {
    if (file >= 0) close(file);
  }
};

std::size_t write_bytes(char* bytes, std::size_t, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  for (std::size_t done = 0; done < count;) {
    const ssize_t written = write(transfer.file, bytes + done, count - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      transfer.write_error = errno;
      return 0;  // curl ends with CURLE_WRITE_ERROR
    }
    done += static_cast<std::size_t>(written);
  }
  return count;
}

int report(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.progress) return 0;
  return transfer.progress(transfer.begin + done, total > 0 ? transfer.begin + total : 0) ? 0 : 1;
}

// One request; `transfer.file` is at its end.
CURLcode request(const std::string& url, Transfer& transfer, long& status) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  check(global == CURLE_OK && curl != nullptr, "download: libcurl cannot be started");
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.begin));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, write_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, report);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl.get());
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return code;
}

[[noreturn]] void explain(CURLcode code, long status, const std::string& url,
                          const std::filesystem::path& part, const Transfer& transfer) {
  const std::string kept = str("; ", lseek(transfer.file, 0, SEEK_END), " bytes are kept in ", part.string(),
                               ", the next attempt goes on from there");
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      fail(url, ": the host's name cannot be resolved; check the address and the network");
    case CURLE_COULDNT_CONNECT:
      fail(url, ": the host cannot be reached; check the address and the network");
    case CURLE_HTTP_RETURNED_ERROR:
      fail(url, ": the server answered ", status, status == 404 ? " (not found)" : "", ", expected the file");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      fail(url, ": is no address that can be read, expected http:// or https://");
    case CURLE_WRITE_ERROR:
      fail(part.string(), ": cannot be written: ", std::strerror(transfer.write_error), kept);
    case CURLE_PARTIAL_FILE:
      fail(url, ": the connection ended before the file did", kept);
    case CURLE_OPERATION_TIMEDOUT:
      fail(url, ": nothing came for too long", kept);
    case CURLE_ABORTED_BY_CALLBACK:
      fail(url, ": stopped", kept);
    default:
      fail(url, ": ", curl_easy_strerror(code), kept);
  }
}

}  // namespace

void download(const std::string& url, const std::filesystem::path& part, const DownloadProgress& progress) {
  Transfer transfer{progress};
  transfer.file = open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  check(transfer.file >= 0, part.string(), ": cannot be written: ", std::strerror(errno));
  transfer.begin = std::max(0L, static_cast<long>(lseek(transfer.file, 0, SEEK_END)));
  long status = 0;
  CURLcode code = request(url, transfer, status);
  if (code == CURLE_RANGE_ERROR && transfer.begin > 0) {  // the server knows no ranges: all again
    check(ftruncate(transfer.file, 0) == 0, part.string(), ": cannot be emptied: ", std::strerror(errno));
    transfer.begin = 0;
    code = request(url, transfer, status);
  }
  // 416: no bytes behind those that are there. The part is whole, or wrong, which its checksum will show.
  if (code == CURLE_HTTP_RETURNED_ERROR && status == 416 && transfer.begin > 0) return;
  if (code != CURLE_OK) explain(code, status, url, part, transfer);
}

}  // namespace nibble
