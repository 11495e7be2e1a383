#pragma once
/// What HAProxy says of the servers of a backend. Only looks: its socket can be asked for nothing
/// else from here.
///
/// Two tables are put together by the name of the server: `show servers state` (version 1 of its
/// format) has their addresses, `show stat` whether a server gets requests
/// and how many it works on.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "live/answer.hpp"
#include "live/haproxy_socket.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

struct HaproxyServer {
  std::string name;
  std::string address;
  int port = 0;
  bool up = false;            ///< gets requests
  std::int64_t sessions = 0;  ///< that it works on, and that wait for it
};

Answer<std::vector<HaproxyServer>> read_servers_state(std::string_view text);
/// Fills in `up` and `sessions`; an empty text, or what is wrong.
std::string add_server_stat(std::string_view text, std::vector<HaproxyServer>& servers);

class HaproxyState {
 public:
  /// A relative path of the socket starts at `folder`.
  HaproxyState(const spec::LiveHaproxy& where, const std::string& folder);
  Answer<std::vector<HaproxyServer>> servers() const;

 private:
  HaproxySocket socket_;
  std::string backend_;
};

/// Path or host:port of the socket.
std::string haproxy_socket_of(const spec::LiveHaproxy& where, const std::string& folder);

}  // namespace rehearse::live
