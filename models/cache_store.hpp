#pragma once
/// What a cache holds: keys 0 .. n-1, at most `entries` of them, each until it expires or is
/// evicted. Least recently used or first in first out. O(1), two arrays over the keys, no hashing,
/// as the key space is known: 16 bytes per key.
/// Leaves out: sizes of values, several copies, invalidation, memory limits. Values are one size.

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/blueprint.hpp"

namespace rehearse::models {

class CacheStore {
 public:
  explicit CacheStore(const CacheSpec& spec)
      : spec_(spec),
        items_(spec.keys.size() + 1),
        expires_(spec.ttl > Duration::zero() ? spec.keys.size() : 0) {
    items_[end()] = {end(), end()};
  }

  /// Whether `key` is held and fresh; a hit counts as a use.
  bool get(Instant now, std::uint32_t key) {
    if (!held(key)) return false;
    if (!expires_.empty()) {
      if (now >= expires_[key]) {
        unlink(key);
        return false;
      }
      if (spec_.sliding) expires_[key] = saturating_add(now, spec_.ttl);
    }
    if (spec_.eviction == Eviction::lru) {
      unlink(key);
      push_front(key);
    }
    return true;
  }
  void put(Instant now, std::uint32_t key) {
    if (held(key)) {
      unlink(key);
    } else if (size_ == spec_.entries) {
      unlink(items_[end()].prev);
    }
    push_front(key);
    if (!expires_.empty()) expires_[key] = saturating_add(now, spec_.ttl);
  }
  void flush() {
    while (size_ > 0) unlink(items_[end()].prev);
  }
  std::uint64_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kAbsent = 0xffffffff;
  struct Item {
    std::uint32_t prev = kAbsent;
    std::uint32_t next = kAbsent;
  };
  std::uint32_t end() const { return static_cast<std::uint32_t>(items_.size() - 1); }
  bool held(std::uint32_t key) const { return items_[key].prev != kAbsent; }
  void unlink(std::uint32_t key) {
    const Item item = items_[key];
    items_[item.prev].next = item.next;
    items_[item.next].prev = item.prev;
    items_[key] = Item{};
    --size_;
  }
  void push_front(std::uint32_t key) {
    const std::uint32_t first = items_[end()].next;
    items_[key] = {end(), first};
    items_[first].prev = key;
    items_[end()].next = key;
    ++size_;
  }

  CacheSpec spec_;
  std::vector<Item> items_;       // a ring through the sentinel at end(), most recent first
  std::vector<Instant> expires_;  // empty without a TTL
  std::uint64_t size_ = 0;
};

}  // namespace rehearse::models
