#include "models/hit_ratio.hpp"

#include <algorithm>
#include <cmath>

#include "sim/closed_form.hpp"

namespace rehearse::models {
namespace {

double sum_of(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  return sum;
}

double share_of(const std::vector<double>& weights, const std::vector<double>& hits) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * hits[i];
  return sum;
}

// Chance of each key to be held where nothing expires.
std::vector<double> held_by_size(Eviction eviction, const std::vector<double>& weights,
                                 double slots) {
  if (eviction != Eviction::lfu && eviction != Eviction::tinylfu)
    return sim::che_occupancy(weights, slots, eviction == Eviction::lru);
  std::vector<std::size_t> order(weights.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  std::vector<double> held(weights.size(), 0);
  for (std::size_t i = 0; i < order.size() && static_cast<double>(i) < slots; ++i)
    held[order[i]] = std::min(1.0, slots - static_cast<double>(i));
  return held;
}

}  // namespace

// With groups of equal size the equations of Che and of expiry keep their form: n keys of weight w
// in a cache of c entries are one key of weight n w in a cache of c / n.
Popularity popularity(const sim::Zipf& keys, std::uint64_t most) {
  Popularity result;
  const std::uint64_t group = (keys.size() + most - 1) / most;
  result.group = static_cast<double>(group);
  result.weights.reserve(keys.size() / group + 1);
  for (std::uint64_t rank = group / 2; rank < keys.size(); rank += group)
    result.weights.push_back(keys.probability(rank));
  return result;
}

double hit_ratio_by_size(const CacheSpec& cache) {
  if (cache.given) return *cache.given;
  if (!cache.holds_keys()) return 0;  // its layers have hit ratios
  const std::uint64_t entries = cache.expected_entries();
  if (entries >= cache.keys.size()) return 1;
  const Popularity keys = popularity(cache.keys);
  const double slots = static_cast<double>(entries) / keys.group;
  switch (cache.eviction) {
    case Eviction::lru:
      return sim::che_lru(keys.weights, slots);
    case Eviction::fifo:
    case Eviction::random:
      return sim::che_fifo(keys.weights, slots);
    case Eviction::lfu:
    case Eviction::tinylfu:
      return sim::perfect_lfu(keys.weights, slots);
  }
  return 0;
}

double fetch_age(const CacheSpec& cache) {
  if (cache.refresh_after > Duration::zero()) return cache.refresh_after.to_seconds();
  return cache.ttl.to_seconds();
}

double hit_ratio_by_age(const CacheSpec& cache, double rate) {
  const Popularity keys = popularity(cache.keys);
  const double total = sum_of(keys.weights);
  const double ttl = fetch_age(cache);
  double hits = 0;
  for (const double weight : keys.weights) {
    const double share = weight / total;
    hits += share * sim::ttl_hit_ratio(rate * share / keys.group, ttl, cache.sliding);
  }
  return hits;
}

double filter(const CacheSpec& layer, double ttl, double rate, Popularity& asked) {
  const double total = sum_of(asked.weights);
  if (total <= 0) return 0;
  std::vector<double> hits(asked.weights.size(), layer.given.value_or(1));
  double ratio = layer.given.value_or(1);
  if (layer.holds_keys()) {
    const double slots = static_cast<double>(layer.expected_entries()) / asked.group;
    hits = held_by_size(layer.eviction, asked.weights, slots);
    ratio = share_of(asked.weights, hits) / total;
    if (ttl > 0) {
      std::vector<double> by_age;
      for (const double weight : asked.weights)
        by_age.push_back(
            sim::ttl_hit_ratio(rate * weight / total / asked.group, ttl, layer.sliding));
      const double aged = share_of(asked.weights, by_age) / total;
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
  const double total = sum_of(keys.weights);
  const double ttl = cache.ttl.to_seconds();
  double entries = 0;
  // A key is held for the share of time that equals its hit ratio (Poisson arrivals see time
  // averages).
  for (const double weight : keys.weights)
    entries +=
        keys.group * sim::ttl_hit_ratio(rate * weight / total / keys.group, ttl, cache.sliding);
  return entries;
}

}  // namespace rehearse::models
