#pragma once
/// Health probes of a service, as Kubernetes has them (documentation of v1.29, "Configure Liveness,
/// Readiness and Startup Probes"); a Docker HEALTHCHECK with restarts is a liveness probe, the
/// check of a load balancer a readiness probe.

#include <cstdint>

#include "base/time.hpp"

namespace rehearse::models {

enum class ProbeKind : std::uint8_t {
  startup,    ///< the others wait until it has passed once; its failure restarts the instance
  liveness,   ///< failure restarts the instance
  readiness,  ///< failure takes the instance out of the balancer until it passes again
};

struct ProbeSpec {
  ProbeKind kind = ProbeKind::readiness;
  Duration initial_delay;       ///< after the process has started
  Duration period;              ///< from one probe to the next
  std::uint32_t failures = 3;   ///< in a row that count as failed
  std::uint32_t successes = 1;  ///< in a row that count as passed
  std::uint32_t start = 0;      ///< plan: one call of the endpoint, with the probe's timeout
};

}  // namespace rehearse::models
