#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "models/lint_context.hpp"

/// Lints about what services are asked for and what they can carry.

namespace rehearse::models {
namespace {

constexpr double kBusy = 0.9;  // above it a small change of load is a large one of waiting time

void lint_capacity(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const ServiceLoad mean = context.usual.load(s, Level::mean, Loops::open);
  const ServiceLoad peak = context.usual.load(s, Level::peak, Loops::open);
  const ServiceLoad all = context.usual.load(s, Level::peak, Loops::all);
  const bool turns_away =
      service.queue_limit != kUnlimited || service.patience != kNone || !service.limits.empty();
  if (mean.saturation() >= 1 || peak.saturation() > 1) {
    const bool always = mean.saturation() >= 1;
    const ServiceLoad& load = always ? mean : peak;
    context.add("load-above-capacity", service.name,
                fmt::format("{}'{}' is asked for {}, which would keep {} busy ({})",
                            always ? "" : "at the peak ", service.name, format_rate(load.rate, 3),
                            busy_phrase(context, s, load), format_ratio(load.saturation(), 3)),
                turns_away ? "what does not fit is turned away: expect errors"
                           : "its queue grows for as long as this lasts; add capacity, or bound "
                             "the queue so that the rest is turned away at once");
  } else if (all.saturation() > 1) {
    context.add("users-above-capacity", service.name,
                fmt::format("users could ask '{}' for up to {}, which would keep {} busy ({})",
                            service.name, format_rate(all.rate, 3), busy_phrase(context, s, all),
                            format_ratio(all.saturation(), 3)),
                "users who wait do not ask: response times will say how many users there are, not "
                "how many requests come");
  } else if (mean.saturation() > kBusy) {
    context.add("high-utilization", service.name,
                fmt::format("'{}' is {} busy on average ({})", service.name,
                            format_ratio(mean.saturation(), 3), busy_phrase(context, s, mean)),
                "waiting times are long and vary widely here: allow for longer runs, or add "
                "capacity");
  }
}

// Of limits that count all clients together: what a client asks for is not known here. What it lets
// through for exempt workloads is not either.
void lint_limits(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  for (const RateLimitSpec& limit : service.limits) {
    if (limit.key == LimitKey::client || !limit.exempt.empty()) continue;
    const double most = policies::most_per_second(limit.limiter) *
                        (limit.per_instance ? static_cast<double>(service.placement.size()) : 1);
    double asked = 0;  // of the busiest key
    for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
      if (!limit.endpoints.empty() && !limit.endpoints[i]) continue;
      const double rate =
          context.usual.endpoint_rate(service.first_endpoint + i, Level::mean, Loops::open);
      asked = limit.key == LimitKey::endpoint ? std::max(asked, rate) : asked + rate;
    }
    if (asked <= most * 1.000001) continue;
    context.add("load-above-limit", service.name,
                fmt::format("'{}' is asked for {}, but a rate limit lets {} through", service.name,
                            format_rate(asked, 3), format_rate(most, 3)),
                fmt::format("{} or more of these requests end as 'limited'; raise the limit if "
                            "that is not meant",
                            format_ratio(1 - most / asked, 2)));
  }
}

// Once calls time out, the attempts that follow are load of their own. Above capacity they keep
// the service so slow that calls go on timing out, long after what began it has passed.
void lint_retry_load(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const ServiceLoad usual = context.usual.load(s, Level::mean, Loops::open);
  const ServiceLoad retried = context.retried.load(s, Level::mean, Loops::open);
  if (usual.saturation() >= 1 || retried.saturation() < 1 || retried.rate <= usual.rate * 1.000001)
    return;
  context.add("retry-storm", service.name,
              fmt::format("with every attempt used, '{}' is asked for {} in place of {}, which "
                          "would keep {} busy ({})",
                          service.name, format_rate(retried.rate, 3), format_rate(usual.rate, 3),
                          busy_phrase(context, s, retried), format_ratio(retried.saturation(), 3)),
              fmt::format("once calls time out, retries alone can keep it overloaded; it recovers "
                          "by itself only below {} of this traffic",
                          format_ratio(1 / retried.saturation(), 3)));
}

void lint_cold_caches(LintContext& context, std::uint32_t s) {
  const ServiceSpec& service = context.blueprint().services[s];
  const ServiceLoad usual = context.usual.load(s, Level::mean, Loops::open);
  const ServiceLoad cold = context.cold.load(s, Level::mean, Loops::open);
  if (usual.saturation() >= 1 || cold.saturation() < 1) return;
  context.add("cold-cache", service.name,
              fmt::format("with empty caches '{}' is asked for {} in place of {}, which would keep "
                          "{} busy ({})",
                          service.name, format_rate(cold.rate, 3), format_rate(usual.rate, 3),
                          busy_phrase(context, s, cold), format_ratio(cold.saturation(), 3)),
              "it carries the load only with warm caches: a restart or a flush overloads it, and "
              "caches fill no faster than it answers");
}

void lint_cache(LintContext& context, std::uint32_t c) {
  const CacheSpec& cache = context.blueprint().caches[c];
  if (context.usual.lookup_rate(c) <= 0) {
    context.add("never-called", cache.name,
                fmt::format("nobody looks anything up in '{}'", cache.name),
                "remove it, or add a step '{cache: {get: " + cache.name + "}}'");
    return;
  }
  const std::uint64_t entries = cache.expected_entries();
  if (!cache.holds_keys() || cache.per_user > 0 || entries < cache.keys.size() ||
      cache.ttl > Duration::zero() || cache.refresh_after > Duration::zero())
    return;
  context.add("cache-holds-all", cache.name,
              fmt::format("'{}' has room for {} entries and there are {} keys, which never expire",
                          cache.name, entries, cache.keys.size()),
              "after each key has been asked for once, every look-up hits; give it fewer entries, "
              "or a 'ttl'");
}

}  // namespace

void lint_loads(LintContext& context) {
  const Blueprint& blueprint = context.blueprint();
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
    const ServiceSpec& service = blueprint.services[s];
    if (context.usual.load(s, Level::peak).rate <= 0) {
      // A cache with a station is spoken of as a cache.
      if (service.kind != ServiceKind::cache && service.kind != ServiceKind::shard &&
          context.cold.load(s, Level::peak).rate <= 0)
        context.add("never-called", service.name, fmt::format("nobody calls '{}'", service.name),
                    "remove it, or let a workload or another service call it");
      continue;
    }
    lint_capacity(context, s);
    lint_limits(context, s);
    lint_retry_load(context, s);
    lint_cold_caches(context, s);
  }
  for (std::uint32_t c = 0; c < blueprint.caches.size(); ++c) lint_cache(context, c);
}

}  // namespace rehearse::models
