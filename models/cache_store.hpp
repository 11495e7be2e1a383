#pragma once
/// What one cache holds: keys 0 .. n-1, at most `entries` of them and at most `bytes` in all, each
/// until it expires or is evicted (models/eviction.hpp). O(1) per operation but for a sweep, arrays
/// over the keys, no hashing and no allocation, as the key space is known.
///
/// Expired entries are never served. They give their place back when they are next looked up, when
/// they are evicted, or at a sweep (of the kind that in-process caches run every minute): until
/// then they take room from others, which is all that a sweep changes. A value larger than `bytes`
/// is not stored (memcached refuses it as well). Leaves out: fragmentation and overhead of memory,
/// several copies of a value.

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"
#include "models/eviction.hpp"
#include "models/tiny_lfu.hpp"

namespace rehearse::models {

class CacheStore {
  // Above all that uses it, as its result is deduced.
  using Order = std::variant<RecencyOrder, ChanceOrder, FrequencyOrder, TinyLfuOrder, UserOrder>;
  template <class F>
  decltype(auto) with(F&& f) {
    if (auto* recency = std::get_if<RecencyOrder>(&order_)) [[likely]]
      return f(*recency);
    if (auto* frequency = std::get_if<FrequencyOrder>(&order_)) return f(*frequency);
    if (auto* tiny = std::get_if<TinyLfuOrder>(&order_)) return f(*tiny);
    if (auto* user = std::get_if<UserOrder>(&order_)) return f(*user);
    return f(*std::get_if<ChanceOrder>(&order_));
  }

 public:
  /// `spec` outlives the store. `random` is drawn from where eviction is random.
  explicit CacheStore(const CacheSpec& spec, sim::Stream* random = nullptr)
      : spec_(&spec),
        order_(order_of(spec, random)),
        expires_(spec.ttl > Duration::zero() ? spec.key_count() : 0),
        refresh_(spec.refresh_after > Duration::zero() ? spec.key_count() : 0),
        read_(spec.changes ? spec.key_count() : 0),
        costs_(spec.early > 0 ? spec.key_count() : 0) {}

  /// Whether `key` is held and fresh; a hit counts as a use.
  bool get(Instant now, std::uint32_t key) {
    return with([&](auto& order) { return get_from(order, now, key); });
  }
  /// Stores `key`, for `ttl` where entries expire.
  void put(Instant now, std::uint32_t key) { put(now, key, spec_->ttl); }
  void put(Instant now, std::uint32_t key, Duration ttl) {
    with([&](auto& order) { put_into(order, now, key, ttl); });
  }
  /// Whether there was anything to remove.
  bool erase(std::uint32_t key) {
    return with([&](auto& order) {
      if (!order.holds(key)) return false;
      remove(order, key);
      return true;
    });
  }
  void flush() {
    with([&](auto& order) { order.each([&](std::uint32_t key) { remove(order, key); }); });
  }
  /// Whether a key that is held is old enough to be fetched anew.
  bool stale(Instant now, std::uint32_t key) const {
    return !refresh_.empty() && now >= refresh_[key];
  }
  /// Whether a key that is held counts as expired ahead of its time: the nearer its end and the
  /// dearer its last fetch, the likelier (A. Vattani, F. Chierichetti, K. Lowenstein, "Optimal
  /// probabilistic cache stampede prevention", VLDB 2015: XFetch).
  bool expires_early(Instant now, std::uint32_t key, double beta, sim::Stream& random) const {
    const double left = (expires_[key] - now).to_seconds();
    return costs_[key] * beta * random.exponential() >= left;
  }
  /// When the value of a key was read from its origin. REQUIRES: the cache has changes.
  void note_read(std::uint32_t key, Instant at) { read_[key] = at; }
  Instant read_at(std::uint32_t key) const { return read_[key]; }
  /// What it took to fetch a key.
  void cost(std::uint32_t key, Duration fetch) { costs_[key] = fetch.to_seconds(); }
  /// Expired ones that nobody has noticed yet included.
  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t evictions() const { return evictions_; }
  std::uint64_t expirations() const { return expirations_; }

  /// What a store of this cache takes, for estimates.
  static double memory_bytes(const CacheSpec& spec);

 private:
  static Order order_of(const CacheSpec& spec, sim::Stream* random);
  template <class O>
  bool get_from(O& order, Instant now, std::uint32_t key) {
    if (!order.holds(key)) return false;
    if (!expires_.empty()) {
      if (now >= expires_[key]) {
        ++expirations_;
        remove(order, key);
        return false;
      }
      if (spec_->sliding) expires_[key] = saturating_add(now, spec_->ttl);
    }
    order.hit(key);
    return true;
  }
  template <class O>
  void put_into(O& order, Instant now, std::uint32_t key, Duration ttl) {
    const std::uint64_t size = spec_->value.of(key);
    if (spec_->bytes > 0 && size > spec_->bytes) return;
    if (spec_->sweep > Duration::zero()) sweep(order, now);
    if (order.holds(key)) {
      order.rewrite(key);
    } else {
      order.insert(key);
      ++size_;
      bytes_ += size;
      if constexpr (std::is_same_v<O, UserOrder>) {
        if (order.crowded(key)) {
          ++evictions_;
          remove(order, order.victim(key));
        }
      }
      while (size_ > spec_->entries || (spec_->bytes > 0 && bytes_ > spec_->bytes)) {
        ++evictions_;
        remove(order, order.victim(key));
      }
    }
    if (!expires_.empty()) expires_[key] = saturating_add(now, ttl);
    if (!refresh_.empty()) refresh_[key] = saturating_add(now, spec_->refresh_after);
  }
  template <class O>
  void remove(O& order, std::uint32_t key) {
    order.erase(key);
    --size_;
    bytes_ -= spec_->value.of(key);
  }
  // A sweep shows only in what the next write has to evict: it is made up for then.
  template <class O>
  void sweep(O& order, Instant now) {
    const std::int64_t last = now.ns() - now.ns() % spec_->sweep.ns();
    if (last <= swept_.ns()) return;
    swept_ = Instant::at_ns(last);
    order.each([&](std::uint32_t key) {
      if (expires_[key] > swept_) return;
      ++expirations_;
      remove(order, key);
    });
  }

  const CacheSpec* spec_;
  Order order_;
  std::vector<Instant> expires_;  // by key; empty without a TTL
  std::vector<Instant> refresh_;  // by key; empty where nothing is refreshed
  std::vector<Instant> read_;     // by key; empty where nothing is written
  std::vector<double> costs_;     // by key, seconds; empty without early expiry
  std::uint64_t size_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t evictions_ = 0;
  std::uint64_t expirations_ = 0;
  Instant swept_;
};

}  // namespace rehearse::models
