#pragma once
/// Keep-alive connections to a service. Each instance of a caller has a pool for each instance that
/// it asks, each client of a workload one for the service. A request takes the connection that was
/// used last (as Go's net/http does), or sets one up; when its answer is back the connection waits
/// in the pool, unless that is full, and is closed after `keep_alive` without use. Who stops
/// waiting for an answer closes the connection, and those of an instance that stops are gone.
///
/// A set-up takes 1 round trip for TCP and one (TLS 1.3, RFC 8446) or two (TLS 1.2, RFC 5246) for
/// TLS. A message of it that gets lost on a link with recovery costs the initial RTO, 1 s, doubling
/// (RFC 6298), and starts it anew.
/// State: 16 bytes per idle connection, 24 per pool that was used. O(1) per request.
/// Leaves out: resumption (0-RTT), several requests at once on one connection (HTTP/2), slow start
/// of TCP, the CPU time of handshakes, limits on connections. Probes, and what is sent without
/// waiting for an answer, need no set-up.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"

namespace rehearse::models {

class Connections {
 public:
  /// Whose pool it is. `life` changes with each end of an instance at either side.
  struct Pool {
    bool client = false;
    std::uint32_t caller = 0;    ///< a client; or a service, of which ...
    std::uint32_t instance = 0;  ///< ... this instance
    std::uint32_t callers = 1;   ///< of so many
    std::uint32_t callee = 0;    ///< the instance that is asked
    std::uint32_t life = 0;
  };

  Connections(const Blueprint& blueprint, const ServiceSpec& service);

  /// An idle connection; false where there is none.
  bool take(const Pool& pool, Instant now);
  /// It is idle again, or closed.
  void give(const Pool& pool, Instant now);

 private:
  struct Idle {
    Instant since;
    std::uint32_t life;
  };
  std::vector<Idle>& idle_of(const Pool& pool);

  const ConnectionSpec& spec_;
  const std::uint32_t instances_;
  const std::uint32_t clients_;
  std::vector<std::vector<Idle>> of_clients_;                // empty until one asks
  std::vector<std::vector<std::vector<Idle>>> of_services_;  // by calling service
};

}  // namespace rehearse::models
