#pragma once
/// An HTTP service to scale: every request is CPU work, exponentially distributed.
///
///   GET /healthz   200 once it has started, 503 before
///   GET /metrics   what it counts, for Prometheus
///   GET /          works, then 200; 503 where too many wait already
///
/// On loopback only. SIGTERM and SIGINT: it takes no new connections and ends what it has.

#include <cstdint>

namespace rehearse::testbed {

struct ServeOptions {
  int port = 0;
  double limit = 1;      ///< cores, as a quota per period
  int cores = 1;         ///< that it can use at once
  double period = 0.1;   ///< s
  double work = 0.01;    ///< s of CPU, mean
  int concurrency = 32;  ///< requests that share the cores
  int queue = 64;        ///< that may wait for that
  double start = 0;      ///< s until it serves
  std::uint64_t seed = 1;
};

/// Exit code: 0, or 4 where the port cannot be used.
int serve(const ServeOptions& options);

}  // namespace rehearse::testbed
