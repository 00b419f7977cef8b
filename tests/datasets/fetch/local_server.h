#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/noncopyable.h"

namespace nibble {

/// What the server does with requests for its files.
struct ServerBehaviour {
  bool ranges = true;   // knows "Range: bytes=N-"
  long cut_after = -1;  // ends each connection after so many bytes of the file; -1: sends all
};

/// A HTTP server on 127.0.0.1, on a port of its own, that offers one file or several: just enough to test
/// downloads. It serves one connection after the other on one thread, and ends with its owner.
class LocalServer : NonCopyable {
 public:
  /// Content by name.
  using Files = std::map<std::string, std::string>;

  LocalServer(const std::string& file_name, const std::string& content, ServerBehaviour behaviour = {})
      : LocalServer(Files{{file_name, content}}, behaviour) {}
  explicit LocalServer(Files files, ServerBehaviour behaviour = {});
  ~LocalServer();

  /// "http://127.0.0.1:PORT"
  std::string address() const;
  /// Where each request for a file began: 0, or what its Range header asked for.
  std::vector<long> requested_from() const;

 private:
  void serve();
  void answer(int connection);

  const Files files_;
  const ServerBehaviour behaviour_;
  int socket_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<long> requested_from_;
  std::thread thread_;
};

}  // namespace nibble
