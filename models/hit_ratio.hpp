#pragma once
/// Expected hit ratio of a cache: keys drawn independently, misses that fill at once, and, where
/// entries expire, look-ups as a Poisson process. What is looked up while it is being fetched, and
/// the time it takes to fill an empty cache, are left out.

#include <cstdint>
#include <vector>

#include "models/blueprint.hpp"

namespace rehearse::models {

/// Weights of the keys, most popular first, and how many keys have each. Neighbours far down the
/// list are put together, by 0.2 % of their rank, so that a million keys cost no more than some
/// five thousand; hit ratios change by less than 1e-6.
struct Popularity {
  std::vector<double> weights;
  std::vector<double> counts;
  double total() const;  ///< of all keys
};
Popularity popularity(const sim::Zipf& keys);

/// Hit ratio without expiry; 1 where all keys fit. Che's approximation for LRU, FIFO and random
/// eviction; for LFU and TinyLFU the upper bound of a cache that knows the most popular keys.
/// Values count as large as on average.
double hit_ratio_by_size(const CacheSpec& cache);
/// Age at which an entry is fetched anew, s; 0: none. A hit that starts a refresh in the background
/// counts as a miss here and below: it costs the origin as much.
double fetch_age(const CacheSpec& cache);
/// Hit ratio with expiry and room for all keys, at `rate` look-ups per second.
double hit_ratio_by_age(const CacheSpec& cache, double rate);
/// One layer of a cache in front of others: what share of its look-ups hits, and how often each key
/// goes on to the next layer. `asked`: the keys as they reach it, `rate`: look-ups per second at
/// one of its stores. Where both a limit and a TTL bind, the tighter of the two decides. An
/// approximation: what a layer lets through is taken for independent look-ups of rarer keys, though
/// a key that was just filled there does not come again for a while (H. Che, Y. Tung, Z. Wang
/// 2002).
double filter(const CacheSpec& layer, double ttl, double rate, Popularity& asked);
/// Expected number of entries that have not expired, where none is evicted.
double fresh_entries(const CacheSpec& cache, double rate);

}  // namespace rehearse::models
