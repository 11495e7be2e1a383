#pragma once
/// Changes what a backend of HAProxy sends to its servers. The servers are slots that the
/// configuration has declared: they are pointed at an instance, taken into rotation, drained and
/// given back. (Servers added at run time would vanish with the next reload of HAProxy.)
///
/// Each call returns an empty text, or what HAProxy says against it. Source: HAProxy 2.6 Management
/// Guide, `set server`: an empty answer means that it is done.

#include <string>

#include "live/haproxy_socket.hpp"
#include "scenarios/spec/live.hpp"

namespace rehearse::live {

class HaproxySlots {
 public:
  HaproxySlots(const spec::LiveHaproxy& where, const std::string& folder);
  /// Into rotation at 127.0.0.1:`port`.
  std::string serve(const std::string& slot, int port) const;
  /// No new requests; those under way are finished.
  std::string drain(const std::string& slot) const;
  /// In maintenance: no requests, no checks.
  std::string close(const std::string& slot) const;

 private:
  std::string set(const std::string& slot, const std::string& what) const;
  HaproxySocket socket_;
  std::string backend_;
};

}  // namespace rehearse::live
