#include <fmt/format.h>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"
#include "models/trip_figures.hpp"

/// Lints about balancers: instances that get more than their share, settings that do nothing.

namespace rehearse::models {
namespace {

// Requests per second at the peak by zone of the instance that is asked, from callers that stand
// where their instances do.
Places rates_by_zone(const LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  Places rates;
  for (const Caller& caller : context.callers()) {
    double rate = 0;
    for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
      const auto found = caller.figures->calls.find(service.first_endpoint + i);
      if (found != caller.figures->calls.end()) rate += found->second * caller.rate;
    }
    if (rate <= 0) continue;
    for (const auto& [zone, share] : caller.from)
      for (const auto& [there, part] : places_asked(context.usual.plans(), s, zone))
        rates[there] += rate * share * part;
  }
  return rates;
}

// A balancer that looks at requests under way or at latencies finds those with room by itself,
// within a zone.
bool follows_weights(const BalancerSpec& balancer) {
  return balancer.kind == Balancing::round_robin || balancer.kind == Balancing::random ||
         balancer.kind == Balancing::consistent_hash;
}

// Of the instances the one that gets most, and how often an even share that is.
struct Heaviest {
  double factor = 1;
  std::uint32_t instance = 0;
};
Heaviest heaviest_instance(const LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const Places rates = rates_by_zone(context, s);
  const bool weighted = !service.balancer.weights.empty() && follows_weights(service.balancer);
  const auto weight = [&](std::size_t i) { return weighted ? service.balancer.weights[i] : 1.0; };
  Places in_zone;
  double all = 0;
  for (std::size_t i = 0; i < service.placement.size(); ++i)
    in_zone[service.placement[i]] += weight(i);
  for (const auto& [zone, rate] : rates) all += rate;
  Heaviest heaviest;
  for (std::uint32_t i = 0; i < service.placement.size() && all > 0; ++i) {
    const auto rate = rates.find(service.placement[i]);
    if (rate == rates.end()) continue;
    const double own = rate->second / all * weight(i) / in_zone[service.placement[i]] *
                       static_cast<double>(service.placement.size());
    if (own > heaviest.factor) heaviest = {own, i};
  }
  return heaviest;
}

void lint_uneven_load(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  if (service.balancer.even()) return;
  const double saturation = context.usual.load(s, Level::peak, Loops::open).saturation();
  const Heaviest heaviest = heaviest_instance(context, s);
  if (saturation >= 1 || saturation * heaviest.factor < 1) return;
  const std::string& zone =
      context.blueprint().network.zones[service.placement[heaviest.instance]].name;
  context.add(
      "uneven-load", service.name,
      fmt::format("instance {} of '{}'{} gets {} times an even share of its requests, which "
                  "would take {} of what it has at the peak",
                  heaviest.instance, service.name,
                  zone.empty() ? "" : fmt::format(" in zone '{}'", zone),
                  format_number(heaviest.factor, 3), format_ratio(saturation * heaviest.factor, 3)),
      "it is overloaded while others have room; spread instances as their callers are, or "
      "change the weights");
}

void lint_rotation(LintContext& context, const ServiceSpec& service) {
  const BalancerSpec& balancer = service.balancer;
  const bool slow = balancer.slow_start.window > Duration::zero();
  if ((balancer.panic <= 0 && !slow) || balancer.outliers) return;
  for (const ProbeSpec& probe : service.probes)
    if (probe.kind == ProbeKind::readiness) return;
  context.add("no-effect", service.name,
              fmt::format("'{}' has neither readiness probe nor outlier detection: its instances "
                          "never leave rotation, and '{}' of the balancer does nothing",
                          service.name, slow ? "slow_start" : "panic"),
              "add 'probes: {readiness: {...}}'");
}

}  // namespace

void lint_balancers(LintContext& context) {
  const Blueprint& blueprint = context.blueprint();
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
    lint_uneven_load(context, s);
    lint_rotation(context, blueprint.services[s]);
  }
}

}  // namespace rehearse::models
