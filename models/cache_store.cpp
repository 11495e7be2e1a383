#include "models/cache_store.hpp"

namespace rehearse::models {

CacheStore::Order CacheStore::order_of(const CacheSpec& spec, sim::Stream* random) {
  // What has no store of its own has no keys to keep.
  const std::uint64_t keys = spec.holds_keys() ? spec.keys.size() : 0;
  const std::uint64_t entries = std::min(keys, spec.expected_entries());
  switch (spec.eviction) {
    case Eviction::lru:
    case Eviction::fifo:
      return RecencyOrder(keys, spec.eviction == Eviction::lru);
    case Eviction::random:
      return ChanceOrder(keys, std::min(keys, spec.entries), random);
    case Eviction::lfu:
      return FrequencyOrder(keys, std::min(keys, spec.entries));
    case Eviction::tinylfu:
      return TinyLfuOrder(keys, entries);
    case Eviction::per_user:
      return UserOrder(keys, spec.devices, spec.per_user);
  }
  return RecencyOrder(keys, true);
}

double CacheStore::memory_bytes(const CacheSpec& spec) {
  if (!spec.holds_keys()) return 0;
  const auto keys = static_cast<double>(spec.keys.size());
  const auto all = static_cast<double>(spec.key_count());
  const double entries = std::min(keys, static_cast<double>(spec.entries));
  double bytes = 0;
  if (spec.ttl > Duration::zero()) bytes += all * sizeof(Instant);
  if (spec.refresh_after > Duration::zero()) bytes += all * sizeof(Instant);
  if (spec.changes) bytes += all * sizeof(Instant);
  if (spec.early > 0) bytes += all * sizeof(double);
  switch (spec.eviction) {
    case Eviction::lru:
    case Eviction::fifo:
      return bytes + keys * RecencyOrder::kBytesPerKey;
    case Eviction::random:
      return bytes + keys * ChanceOrder::kBytesPerKey;
    case Eviction::lfu:
      return bytes + keys * FrequencyOrder::kBytesPerKey + entries * FrequencyOrder::kBytesPerEntry;
    case Eviction::tinylfu:
      return bytes + keys * TinyLfuOrder::kBytesPerKey + entries * sizeof(std::uint64_t);
    case Eviction::per_user:
      return bytes + keys * spec.devices * UserOrder::kBytesPerKey +
             keys * UserOrder::kBytesPerUser;
  }
  return bytes;
}

}  // namespace rehearse::models
