#include "tests/datasets/fetch/local_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/check.h"

namespace nibble {
namespace {

constexpr std::size_t kLongestRequest = 8192;

// Up to the empty line, or as much as comes within the receive timeout.
std::string read_request(int connection) {
  std::string request;
  char chunk[1024];
  while (request.size() < kLongestRequest && request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = recv(connection, chunk, sizeof chunk, 0);
    if (got <= 0) break;
    request.append(chunk, static_cast<std::size_t>(got));
  }
  return request;
}

void send_all(int connection, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t sent = send(connection, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return;  // the client has gone
    done += static_cast<std::size_t>(sent);
  }
}

}  // namespace

LocalServer::LocalServer(Files files, ServerBehaviour behaviour)
    : files_(std::move(files)), behaviour_(behaviour) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  check(socket_ >= 0 && bind(socket_, generic, length) == 0 && listen(socket_, 8) == 0 &&
            getsockname(socket_, generic, &length) == 0,
        "local server: cannot listen on 127.0.0.1");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

LocalServer::~LocalServer() {
  stopping_ = true;
  thread_.join();
  close(socket_);
}

std::string LocalServer::address() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<long> LocalServer::requested_from() const {
  const std::lock_guard lock(mutex_);
  return requested_from_;
}

void LocalServer::serve() {
  while (!stopping_) {
    pollfd waiting{socket_, POLLIN, 0};
    if (poll(&waiting, 1, 20) <= 0) continue;
    const int connection = accept(socket_, nullptr, nullptr);
    if (connection < 0) continue;
    const timeval patience{5, 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    answer(connection);
    shutdown(connection, SHUT_RDWR);
    close(connection);
  }
}

void LocalServer::answer(int connection) {
  const std::string request = read_request(connection);
  const std::string ending = "Connection: close\r\n\r\n";
  const auto file = std::find_if(files_.begin(), files_.end(), [&](const auto& offered) {
    return request.starts_with("GET /" + offered.first + " ");
  });
  if (file == files_.end()) {
    send_all(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n" + ending + "gone\n");
    return;
  }
  const std::string& content = file->second;
  const long size = static_cast<long>(content.size());
  const std::size_t range = request.find("Range: bytes=");
  const long asked = range == std::string::npos ? 0 : std::atol(request.c_str() + range + 13);
  {
    const std::lock_guard lock(mutex_);
    requested_from_.push_back(asked);
  }
  const long begin = behaviour_.ranges ? asked : 0;
  if (range != std::string::npos && begin >= size && behaviour_.ranges) {
    send_all(connection, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */" +
                             std::to_string(size) + "\r\nContent-Length: 0\r\n" + ending);
    return;
  }
  std::string head = begin > 0
                         ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(begin) +
                               "-" + std::to_string(size - 1) + "/" + std::to_string(size) + "\r\n"
                         : "HTTP/1.1 200 OK\r\n";
  head += "Content-Length: " + std::to_string(size - begin) + "\r\n" + ending;
  const long count = behaviour_.cut_after < 0 ? size - begin : std::min(size - begin, behaviour_.cut_after);
  send_all(connection,
           head + content.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(count)));
}

}  // namespace nibble
