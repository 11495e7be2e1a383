#include "models/hit_ratio.hpp"

#include <algorithm>
#include <numeric>

#include "sim/closed_form.hpp"

namespace rehearse::models {
namespace {

double share_of(const Popularity& keys, const std::vector<double>& hits) {
  double sum = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) sum += keys.weights[i] * keys.counts[i] * hits[i];
  return sum;
}

sim::Items items(const Popularity& keys) {
  return {keys.weights, keys.counts};
}

// Chance of each key to be held where nothing expires.
std::vector<double> held_by_size(Eviction eviction, const Popularity& keys, double slots) {
  if (eviction == Eviction::lfu || eviction == Eviction::tinylfu)
    return sim::perfect_occupancy(items(keys), slots);
  return sim::che_occupancy(items(keys), slots, eviction == Eviction::lru);
}

}  // namespace

double Popularity::total() const {
  return std::inner_product(weights.begin(), weights.end(), counts.begin(), 0.0);
}

Popularity popularity(const sim::Zipf& keys) {
  constexpr std::uint64_t kFineness = 512;
  Popularity result;
  for (std::uint64_t rank = 0; rank < keys.size();) {
    const std::uint64_t count = std::min(1 + rank / kFineness, keys.size() - rank);
    // The middle of an even number lies between two ranks.
    result.weights.push_back(
        (keys.probability(rank + (count - 1) / 2) + keys.probability(rank + count / 2)) / 2);
    result.counts.push_back(static_cast<double>(count));
    rank += count;
  }
  return result;
}

double hit_ratio_by_size(const CacheSpec& cache) {
  if (cache.given) return *cache.given;
  if (!cache.holds_keys()) return 0;  // its layers have hit ratios
  const std::uint64_t entries = cache.expected_entries();
  if (cache.eviction != Eviction::per_user && entries >= cache.keys.size()) return 1;
  const Popularity keys = popularity(cache.keys);
  const auto slots = static_cast<double>(entries);
  switch (cache.eviction) {
    case Eviction::lru:
      return sim::che_lru(items(keys), slots);
    case Eviction::fifo:
    case Eviction::random:
      return sim::che_fifo(items(keys), slots);
    case Eviction::lfu:
    case Eviction::tinylfu:
      return sim::perfect_lfu(items(keys), slots);
    case Eviction::per_user:
      // Devices of a user are alike: each is as likely among the sessions held as any other.
      return std::min(1.0, static_cast<double>(cache.per_user) / cache.devices);
  }
  return 0;
}

double fetch_age(const CacheSpec& cache) {
  // A session that gets a new identity is not fetched anew.
  if (cache.refresh_after > Duration::zero() && cache.per_user == 0)
    return cache.refresh_after.to_seconds();
  return cache.ttl.to_seconds();
}

double hit_ratio_by_age(const CacheSpec& cache, double rate) {
  const Popularity keys = popularity(cache.keys);
  const double total = keys.total();
  const double ttl = fetch_age(cache);
  double hits = 0;
  for (std::size_t i = 0; i < keys.weights.size(); ++i) {
    const double share = keys.weights[i] / total;
    const double hit = sim::ttl_hit_ratio(rate * share / cache.devices, ttl, cache.sliding);
    hits += keys.counts[i] * share * hit;
  }
  return hits;
}

double filter(const CacheSpec& layer, double ttl, double rate, Popularity& asked) {
  const double total = asked.total();
  if (total <= 0) return 0;
  std::vector<double> hits(asked.weights.size(), layer.given.value_or(1));
  double ratio = layer.given.value_or(1);
  if (layer.holds_keys()) {
    hits = held_by_size(layer.eviction, asked, static_cast<double>(layer.expected_entries()));
    ratio = share_of(asked, hits) / total;
    if (ttl > 0) {
      std::vector<double> by_age;
      for (const double weight : asked.weights)
        by_age.push_back(sim::ttl_hit_ratio(rate * weight / total, ttl, layer.sliding));
      const double aged = share_of(asked, by_age) / total;
      if (aged < ratio) {
        ratio = aged;
        hits = std::move(by_age);
      }
    }
  }
  for (std::size_t i = 0; i < hits.size(); ++i) asked.weights[i] *= 1 - hits[i];
  return ratio;
}

double fresh_entries(const CacheSpec& cache, double rate) {
  const Popularity keys = popularity(cache.keys);
  const double total = keys.total();
  const double ttl = cache.ttl.to_seconds();
  double entries = 0;
  // A key is held for the share of time that equals its hit ratio (Poisson arrivals see time
  // averages).
  for (std::size_t i = 0; i < keys.weights.size(); ++i)
    entries +=
        keys.counts[i] * cache.devices *
        sim::ttl_hit_ratio(rate * keys.weights[i] / total / cache.devices, ttl, cache.sliding);
  return entries;
}

}  // namespace rehearse::models
