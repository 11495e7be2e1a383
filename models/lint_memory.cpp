#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"

/// Lints about memory: whether an instance that is full fits into its limit.

namespace rehearse::models {
namespace {

// Requests in an instance at most, or where nothing limits them, on average without queues.
struct Fullness {
  double requests = 0;
  const char* when = "";
};
Fullness fullness(const LintContext& context, std::uint32_t s, const ServiceSpec& service) {
  const double lines = std::max(1.0, static_cast<double>(context.blueprint().tenants.size()) *
                                         (service.discipline == Discipline::fair ? 1 : 0));
  if (service.slots != kUnlimited && service.queue_limit != kUnlimited)
    return {service.slots + lines * service.queue_limit, "when it is full"};
  const ServiceLoad load = context.usual.load(s, Level::peak);
  return {load.busy_slots / static_cast<double>(service.placement.size()),
          "at the peak, without any queue"};
}

void lint_limit(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const MemorySpec& memory = service.memory;
  if (memory.limit == 0 || memory.per_request == kNone) return;
  const double each = context.blueprint().plans.laws[memory.per_request].law.mean();
  const auto base = static_cast<double>(memory.base);
  const auto limit = static_cast<double>(memory.limit);
  const Fullness full = fullness(context, s, service);
  const double needed = base + each * full.requests;
  if (needed <= limit) return;
  context.add("memory-below-load", service.name,
              fmt::format("an instance of '{}' holds {} requests {}, which take {} with its base, "
                          "more than its limit of {}",
                          service.name, format_number(full.requests, 3), full.when,
                          format_bytes(needed, 3), format_bytes(limit, 3)),
              fmt::format("it is killed then, with all of them; there is room for {}",
                          format_number(std::floor((limit - base) / each), 12)));
}

}  // namespace

void lint_memory(LintContext& context) {
  for (std::uint32_t s = 0; s < context.blueprint().services.size(); ++s) lint_limit(context, s);
}

}  // namespace rehearse::models
