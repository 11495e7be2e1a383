#include "models/compiler.hpp"

/// The `connections:` of a service.

namespace rehearse::models {

const FieldTable kConnectionFields{
    "connections",
    "Keep-alive connections of callers. Each instance of a caller has a pool for each instance "
    "that "
    "it calls, each client of a workload one for the service. A request takes the idle connection "
    "that was used last, or sets one up first.",
    {{.name = "handshake",
      .type = FieldType::choice,
      .doc = "Of a set-up: `tcp` takes one round trip, `tls1.3` two and `tls1.2` three, TCP "
             "included.",
      .fallback = "tcp",
      .choices = {"tcp", "tls1.3", "tls1.2"}},
     {.name = "keep_alive",
      .type = FieldType::duration,
      .doc = "An idle connection is closed after this time (90 s in Go's net/http, 75 s in nginx).",
      .fallback = "60s",
      .min = 0},
     {.name = "max_idle",
      .type = FieldType::count,
      .doc = "Idle connections in one pool; more are closed (2 in Go's net/http).",
      .fallback = "100",
      .min = 0,
      .max = 1e6}}};

ConnectionSpec Compiler::read_connections(FieldReader& service) {
  const SpecNode* node = service.node("connections");
  if (node == nullptr) return {};
  FieldReader reader(*node, kConnectionFields, out_, "connections of " + service.what());
  return {static_cast<std::uint32_t>(reader.choice("handshake")) + 1, reader.duration("keep_alive"),
          static_cast<std::uint32_t>(reader.count("max_idle"))};
}

}  // namespace rehearse::models
