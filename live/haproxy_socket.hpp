#pragma once
/// One command to HAProxy's runtime API, one answer: connect, send a line, read to the end. By unix
/// socket or by TCP; 0.04 and 0.07 ms. Nothing waits longer than the time limit, and no more than
/// 8 MiB is read.
///
/// Which commands may be sent is the matter of haproxy_state.hpp, which only looks, and of
/// haproxy_slots.hpp, which changes things. Source: HAProxy 2.6 Management Guide, section 9.3.

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "live/answer.hpp"

namespace rehearse::live {

class HaproxySocket {
 public:
  /// `where`: a path, or host:port with a numerical host.
  HaproxySocket(std::string where, Duration timeout);
  /// REQUIRES: no line feed in `command`.
  Answer<std::string> ask(std::string_view command) const;

 private:
  std::string where_;
  Duration timeout_;
};

}  // namespace rehearse::live
