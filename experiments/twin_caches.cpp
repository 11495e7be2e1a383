#include <cmath>

#include "experiments/twin_figures.hpp"
#include "models/hit_ratio.hpp"

/// Hit ratios of caches whose misses fill at once.

namespace rehearse::experiments {
namespace {

constexpr std::uint64_t kMostKeys = 1'000'000;
// Che's approximation takes the number of cached keys for a constant, which it is in the limit of
// many entries. Measured against simulation over 20 to 10,000 keys and exponents 0 to 1.5, its
// relative error stays below 0.15 / entries for both kinds of eviction.
double tolerance(const models::CacheSpec& cache) {
  return 0.2 / static_cast<double>(cache.expected_entries()) + 5e-4;
}

// Che's equations are about slots: values of unlike sizes have none.
bool has_slots(const models::CacheSpec& cache) {
  return cache.bytes == 0 || !cache.value.by_key;
}

const char* che_name(models::Eviction eviction) {
  switch (eviction) {
    case models::Eviction::lru:
      return "Che, LRU";
    case models::Eviction::fifo:
      return "Che, FIFO";
    case models::Eviction::random:
      return "Che, random";
    default:
      return nullptr;  // counts that grow: bounds, but no equation
  }
}

// Evictions are rarer than one in 10^9 look-ups where there is so much more room than fresh keys:
// their number has at most the variance of a Poisson one.
bool room_for_fresh(const models::CacheSpec& cache, double rate) {
  if (cache.expected_entries() >= cache.keys.size()) return true;
  const double fresh = models::fresh_entries(cache, rate);
  return fresh + 7 * std::sqrt(fresh) + 7 < static_cast<double>(cache.expected_entries());
}

bool all_fill_at_once(const models::Scenario& scenario, const models::Traffic& traffic,
                      const FlowTheory& flow, std::uint32_t cache) {
  const models::Plans& plans = scenario.blueprint.plans;
  for (std::uint32_t e = 0; e < scenario.blueprint.endpoints.size(); ++e) {
    if (traffic.endpoint(e).lookups.count(cache) == 0) continue;
    for (const std::uint32_t pc :
         models::reachable_steps(plans, scenario.blueprint.endpoints[e].start)) {
      const models::Step& step = plans.steps[pc];
      if (step.kind == models::StepKind::lookup && plans.lookups[step.a].cache == cache &&
          !flow.fills_at_once(step.a))
        return false;
    }
  }
  return true;
}

}  // namespace

std::vector<Twin> cache_twins(const models::Scenario& scenario, const models::Traffic& traffic,
                              const FlowTheory& flow) {
  std::vector<Twin> twins;
  for (std::uint32_t c = 0; c < scenario.blueprint.caches.size(); ++c) {
    const models::CacheSpec& cache = scenario.blueprint.caches[c];
    const double rate = traffic.lookup_rate(c);
    if (rate <= 0) continue;
    Twin twin{cache.name, "cache", "", {}, 0};
    if (cache.given) {
      twin.model = "as given";
      twin.values = {{"hit_ratio", *cache.given}};
      twins.push_back(std::move(twin));
      continue;
    }
    // Layers see what others let through; a refresh, a lock or an early expiry is no plain miss.
    if (!cache.holds_keys() || cache.whole != models::kNone || cache.tracks_fetches()) continue;
    if (cache.per_user > 0 || cache.keys.size() > kMostKeys || !has_slots(cache) ||
        !all_fill_at_once(scenario, traffic, flow, c))
      continue;
    if (cache.ttl <= Duration::zero()) {
      // With room for all keys only the first look-up of each misses: no steady state to speak of.
      const char* const che = che_name(cache.eviction);
      if (cache.expected_entries() >= cache.keys.size() || che == nullptr) continue;
      twin.model = che;
      twin.tolerance = tolerance(cache);
      twin.values = {{"hit_ratio", models::hit_ratio_by_size(cache)}};
    } else {
      if (!flow.free_lookups(c) || !room_for_fresh(cache, rate)) continue;
      twin.model = cache.sliding ? "TTL, renewed by hits" : "TTL";
      twin.values = {{"hit_ratio", models::hit_ratio_by_age(cache, rate)}};
    }
    twins.push_back(std::move(twin));
  }
  return twins;
}

}  // namespace rehearse::experiments
