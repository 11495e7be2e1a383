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

double hit_ratio_by_age(const CacheSpec& cache, double rate) {
  const Popularity keys = popularity(cache.keys);
  const double total = sum_of(keys.weights);
  const double ttl = cache.ttl.to_seconds();
  double hits = 0;
  for (const double weight : keys.weights) {
    const double share = weight / total;
    hits += share * sim::ttl_hit_ratio(rate * share / keys.group, ttl, cache.sliding);
  }
  return hits;
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
