#pragma once
/// Expected hit ratio of a cache: keys drawn independently, misses that fill at once, and, where
/// entries expire, look-ups as a Poisson process. What is looked up while it is being fetched, and
/// the time it takes to fill an empty cache, are left out.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"

namespace rehearse::models {

/// Weights of the keys, most popular first, and the number of keys that each of them stands for:
/// beyond `most` keys, neighbours are put together, so that the cost stays bounded.
struct Popularity {
  std::vector<double> weights;
  double group = 1;
};
Popularity popularity(const sim::Zipf& keys, std::uint64_t most = 1'000'000);

/// Hit ratio without expiry; 1 where all keys fit. Che's approximation for LRU, FIFO and random
/// eviction; for LFU and TinyLFU the upper bound of a cache that knows the most popular keys.
/// Values count as large as on average. O(keys).
double hit_ratio_by_size(const CacheSpec& cache);
/// Hit ratio with expiry and room for all keys, at `rate` look-ups per second. O(keys).
double hit_ratio_by_age(const CacheSpec& cache, double rate);
/// Expected number of entries that have not expired, where none is evicted.
double fresh_entries(const CacheSpec& cache, double rate);

}  // namespace rehearse::models
