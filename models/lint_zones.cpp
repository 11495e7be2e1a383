#include <fmt/format.h>

#include "base/quantity.hpp"
#include "models/capacity.hpp"
#include "models/lint_context.hpp"

/// Lints about the loss of a zone: whether what is left of a service can carry its traffic.

namespace rehearse::models {
namespace {

void lint_zone_loss(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const HeldZone largest = largest_zone(service);
  if (largest.zone == kNone) return;
  const ServiceLoad whole = context.usual.load(s, Level::peak, Loops::open);
  const ServiceLoad rest = without_zone(service, largest, whole);
  // What is too much for all of them is said elsewhere.
  if (whole.saturation() >= 1 || rest.saturation() < 1) return;
  context.add("zone-loss", service.name,
              fmt::format("without zone '{}', which holds {} of its {} instances, '{}' would have "
                          "to keep {} busy at the peak ({})",
                          context.blueprint().network.zones[largest.zone].name, largest.instances,
                          service.placement.size(), service.name, busy_phrase(context, s, rest),
                          format_ratio(rest.saturation(), 3)),
              fmt::format("the loss of one zone overloads the others; it takes {} of this capacity "
                          "to carry the peak without the zone",
                          format_ratio(rest.saturation(), 3)));
}

}  // namespace

void lint_zones(LintContext& context) {
  for (std::uint32_t s = 0; s < context.blueprint().services.size(); ++s)
    lint_zone_loss(context, s);
}

}  // namespace rehearse::models
