#include <fmt/format.h>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"

/// Lints about nodes: instances that find no room.

namespace rehearse::models {

void lint_nodes(LintContext& context) {
  for (const ServiceSpec& service : context.blueprint().services) {
    if (service.pending == 0) continue;
    context.add(
        "pods-pending", service.name,
        fmt::format(
            "{} of the {} instances of '{}' find no node with room for them (cpu {}, memory "
            "{}), and are not there",
            service.pending,
            service.elastic() ? service.initial : service.pending + service.placement.size(),
            service.name, format_number(static_cast<double>(service.requests.millicores) * 1e-3),
            format_bytes(static_cast<double>(service.requests.bytes))),
        "add nodes, or ask for less; 'scheduler: {unsatisfiable: anyway}' gives up even spreading");
  }
}

}  // namespace rehearse::models
