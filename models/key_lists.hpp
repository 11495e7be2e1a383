#pragma once
/// Lists of keys 0 .. n-1, each key in at most one of them. O(1) to join, leave and look at the
/// ends; 8 bytes per key, nothing allocated after construction.

#include <cstdint>
#include <vector>

#include "base/assert.hpp"

namespace rehearse::models {

class KeyLists {
 public:
  static constexpr std::uint32_t kAbsent = 0xffffffff;

  /// REQUIRES: keys + lists < 2^32 - 1.
  KeyLists(std::uint64_t keys, std::uint32_t lists)
      : keys_(static_cast<std::uint32_t>(keys)), items_(keys + lists) {
    REHEARSE_ASSERT(keys + lists < kAbsent);
    for (std::uint32_t list = 0; list < lists; ++list) items_[keys_ + list] = ring(list);
  }
  bool holds(std::uint32_t key) const { return items_[key].prev != kAbsent; }
  /// First and last key of a list; kAbsent where it is empty.
  std::uint32_t first(std::uint32_t list) const { return key_at(items_[keys_ + list].next); }
  std::uint32_t last(std::uint32_t list) const { return key_at(items_[keys_ + list].prev); }
  /// The key before `key`, towards the first; kAbsent at the first.
  std::uint32_t before(std::uint32_t key) const { return key_at(items_[key].prev); }

  void push_front(std::uint32_t list, std::uint32_t key) {
    const std::uint32_t end = keys_ + list;
    const std::uint32_t first = items_[end].next;
    items_[key] = {end, first};
    items_[first].prev = key;
    items_[end].next = key;
  }
  void unlink(std::uint32_t key) {
    const Item item = items_[key];
    items_[item.prev].next = item.next;
    items_[item.next].prev = item.prev;
    items_[key] = Item{};
  }

 private:
  struct Item {
    std::uint32_t prev = kAbsent;
    std::uint32_t next = kAbsent;
  };
  Item ring(std::uint32_t list) const { return {keys_ + list, keys_ + list}; }
  std::uint32_t key_at(std::uint32_t item) const { return item < keys_ ? item : kAbsent; }

  std::uint32_t keys_;
  std::vector<Item> items_;  // the keys, then a sentinel per list that closes it to a ring
};

}  // namespace rehearse::models
