#include "live/haproxy_socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/text.hpp"
#include "live/deadline.hpp"
#include "live/file_handle.hpp"

namespace rehearse::live {
namespace {

constexpr std::size_t kLongestReply = std::size_t{8} << 20;

std::string haproxy_error(std::string_view what, int error) {
  return fmt::format("HAProxy: {}: {}", what, std::strerror(error));
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  template <class T>
  T& as() {
    size = sizeof(T);
    return reinterpret_cast<T&>(storage);
  }
};

bool read_tcp_address(const std::string& where, SocketAddress& address) {
  const std::size_t colon = where.rfind(':');
  std::string host = where.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* end = where.data() + where.size();
  const auto read = std::from_chars(where.data() + colon + 1, end, port);
  if (read.ec != std::errc{} || read.ptr != end) return false;
  if (host.size() > 2 && host.front() == '[') {
    auto& in6 = address.as<sockaddr_in6>();
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &in6.sin6_addr) == 1;
  }
  auto& in = address.as<sockaddr_in>();
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  return inet_pton(AF_INET, host.c_str(), &in.sin_addr) == 1;
}

bool read_address(const std::string& where, SocketAddress& address) {
  if (where.find('/') == std::string::npos && where.find(':') != std::string::npos)
    return read_tcp_address(where, address);
  auto& path = address.as<sockaddr_un>();
  path.sun_family = AF_UNIX;
  if (where.size() >= sizeof(path.sun_path)) return false;
  std::memcpy(path.sun_path, where.c_str(), where.size() + 1);
  return true;
}

// Waits until the socket is ready for `events`; false when time is over.
bool wait_for(int fd, short events, const Deadline& deadline) {
  for (;;) {
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, deadline.milliseconds_left());
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR || deadline.over()) return false;
  }
}

std::string connect_to(const FileHandle& socket, SocketAddress& address, const Deadline& deadline) {
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address.storage), address.size) == 0)
    return "";
  if (errno != EINPROGRESS && errno != EINTR) return haproxy_error("cannot connect", errno);
  if (!wait_for(socket.get(), POLLOUT, deadline)) return "HAProxy does not accept the connection";
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? "" : haproxy_error("cannot connect", error);
}

std::string send_line(const FileHandle& socket, std::string_view line, const Deadline& deadline) {
  while (!line.empty()) {
    const ssize_t sent = ::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      line.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR && errno != EAGAIN) {
      return haproxy_error("cannot send", errno);
    } else if (!wait_for(socket.get(), POLLOUT, deadline)) {
      return "HAProxy does not take the command";
    }
  }
  return "";
}

Answer<std::string> read_reply(const FileHandle& socket, const Deadline& deadline) {
  std::string reply;
  std::array<char, 16384> part;
  for (;;) {
    const ssize_t got = ::recv(socket.get(), part.data(), part.size(), 0);
    if (got == 0) return reply;
    if (got > 0) {
      reply.append(part.data(), static_cast<std::size_t>(got));
      if (reply.size() > kLongestReply)
        return Answer<std::string>::failed("HAProxy answers without end");
    } else if (errno != EINTR && errno != EAGAIN) {
      return Answer<std::string>::failed(haproxy_error("cannot read", errno));
    }
    if (got < 0 && !wait_for(socket.get(), POLLIN, deadline))
      return Answer<std::string>::failed("HAProxy does not answer in time");
    if (deadline.over()) return Answer<std::string>::failed("HAProxy does not answer in time");
  }
}

}  // namespace

HaproxySocket::HaproxySocket(std::string where, Duration timeout)
    : where_(std::move(where)), timeout_(timeout) {}

Answer<std::string> HaproxySocket::ask(std::string_view command) const {
  using Failed = Answer<std::string>;
  const Deadline deadline(timeout_);
  SocketAddress address;
  if (!read_address(where_, address))
    return Failed::failed(
        fmt::format("HAProxy: '{}' is no address of a socket", printable(where_)));
  const FileHandle socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return Failed::failed(haproxy_error("no socket", errno));
  std::string problem = connect_to(socket, address, deadline);
  if (problem.empty()) problem = send_line(socket, std::string(command) + "\n", deadline);
  if (!problem.empty()) return Failed::failed(std::move(problem));
  return read_reply(socket, deadline);
}

}  // namespace rehearse::live
