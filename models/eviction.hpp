#pragma once
/// Which key leaves a full cache. An order knows the keys that are held and answers who goes next;
/// CacheStore asks it until there is room again. All are O(1) per operation, over arrays of the key
/// space, without hashing or allocation.
///
/// recency    LRU: the one unused for longest; FIFO: the one written first.
/// chance     any of those held, all equally likely (Redis `allkeys-random`).
/// frequency  LFU: the one used least often since it came in, of equals the one unused for longest
///            (K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache
///            eviction scheme", 2010). Counts are exact, never age, and are lost with the entry.
/// per user   the oldest session of the user who has one too many.
/// TinyLFU    in tiny_lfu.hpp.
/// Leaves out: Redis's own LRU and LFU, which look at a sample of keys and at counters of 8 bits.

#include <cstdint>
#include <vector>

#include "models/key_lists.hpp"
#include "sim/random.hpp"

namespace rehearse::models {

class RecencyOrder {
 public:
  /// `renewed`: a use counts as much as a write (LRU).
  RecencyOrder(std::uint64_t keys, bool renewed) : lists_(keys, 1), renewed_(renewed) {}
  bool holds(std::uint32_t key) const { return lists_.holds(key); }
  void hit(std::uint32_t key) {
    if (renewed_) rewrite(key);
  }
  void rewrite(std::uint32_t key) {
    lists_.unlink(key);
    lists_.push_front(0, key);
  }
  void insert(std::uint32_t key) { lists_.push_front(0, key); }
  void erase(std::uint32_t key) { lists_.unlink(key); }
  /// Whom to evict for the sake of `newest`, which was just inserted. REQUIRES: another is held.
  std::uint32_t victim(std::uint32_t /*newest*/) { return lists_.last(0); }
  /// Calls `gone(key)` for each key held, last first; it may erase that key.
  template <class F>
  void each(F&& gone) {
    for (std::uint32_t key = lists_.last(0); key != KeyLists::kAbsent;) {
      const std::uint32_t next = lists_.before(key);
      gone(key);
      key = next;
    }
  }
  static constexpr double kBytesPerKey = 8;

 private:
  KeyLists lists_;
  bool renewed_;
};

class ChanceOrder {
 public:
  ChanceOrder(std::uint64_t keys, std::uint64_t entries, sim::Stream* random)
      : places_(keys, kAbsent), random_(random) {
    held_.reserve(entries + 1);
  }
  bool holds(std::uint32_t key) const { return places_[key] != kAbsent; }
  void hit(std::uint32_t) {}
  void rewrite(std::uint32_t) {}
  void insert(std::uint32_t key) {
    places_[key] = static_cast<std::uint32_t>(held_.size());
    held_.push_back(key);
  }
  void erase(std::uint32_t key) {
    const std::uint32_t moved = held_.back();
    held_[places_[key]] = moved;
    places_[moved] = places_[key];
    places_[key] = kAbsent;
    held_.pop_back();
  }
  std::uint32_t victim(std::uint32_t newest) {
    // The newest may stand anywhere once others were erased: the last one takes its number.
    const std::uint32_t drawn = held_[random_->below(held_.size() - 1)];
    return drawn == newest ? held_.back() : drawn;
  }
  template <class F>
  void each(F&& gone) {
    for (std::size_t i = held_.size(); i-- > 0;) gone(held_[i]);
  }
  static constexpr double kBytesPerKey = 8;

 private:
  static constexpr std::uint32_t kAbsent = KeyLists::kAbsent;
  std::vector<std::uint32_t> places_;  // by key, in held_
  std::vector<std::uint32_t> held_;
  sim::Stream* random_;
};

/// Keys come in groups of equal size, one per user; a group holds at most so many.
class UserOrder {
 public:
  UserOrder(std::uint64_t users, std::uint32_t devices, std::uint32_t most)
      : lists_(users * devices, static_cast<std::uint32_t>(users)),
        held_(users, 0),
        devices_(devices),
        most_(most) {}
  bool holds(std::uint32_t key) const { return lists_.holds(key); }
  void hit(std::uint32_t) {}
  void rewrite(std::uint32_t key) {
    lists_.unlink(key);
    lists_.push_front(key / devices_, key);
  }
  void insert(std::uint32_t key) {
    lists_.push_front(key / devices_, key);
    ++held_[key / devices_];
  }
  void erase(std::uint32_t key) {
    lists_.unlink(key);
    --held_[key / devices_];
  }
  bool crowded(std::uint32_t key) const { return held_[key / devices_] > most_; }
  std::uint32_t victim(std::uint32_t newest) const { return lists_.last(newest / devices_); }
  template <class F>
  void each(F&& gone) {
    for (std::uint32_t key = 0; key < held_.size() * devices_; ++key)
      if (holds(key)) gone(key);
  }
  static constexpr double kBytesPerKey = 8;
  static constexpr double kBytesPerUser = 12;

 private:
  KeyLists lists_;  // by user
  std::vector<std::uint32_t> held_;
  std::uint32_t devices_;
  std::uint32_t most_;
};

class FrequencyOrder {
 public:
  /// `entries`: most keys held at once.
  FrequencyOrder(std::uint64_t keys, std::uint64_t entries);
  bool holds(std::uint32_t key) const { return items_[key].level != kAbsent; }
  void hit(std::uint32_t key);
  void rewrite(std::uint32_t key) { hit(key); }
  void insert(std::uint32_t key);
  void erase(std::uint32_t key);
  std::uint32_t victim(std::uint32_t newest) const;
  template <class F>
  void each(F&& gone) {
    for (std::uint32_t level = lowest_; level != kAbsent;) {
      const std::uint32_t higher = levels_[level].higher;
      for (std::uint32_t key = levels_[level].last; key != kAbsent;) {
        const std::uint32_t next = items_[key].prev;
        gone(key);
        key = next;
      }
      level = higher;
    }
  }
  static constexpr double kBytesPerKey = 12;
  static constexpr double kBytesPerEntry = 24;

 private:
  static constexpr std::uint32_t kAbsent = KeyLists::kAbsent;
  struct Item {
    std::uint32_t prev = kAbsent;   // towards the most recent
    std::uint32_t next = kAbsent;   // towards the least recent
    std::uint32_t level = kAbsent;  // absent: not held
  };
  /// The keys that were used equally often.
  struct Level {
    std::uint64_t uses = 0;
    std::uint32_t first = kAbsent;
    std::uint32_t last = kAbsent;
    std::uint32_t lower = kAbsent;
    std::uint32_t higher = kAbsent;
  };
  std::uint32_t add_level(std::uint64_t uses, std::uint32_t lower, std::uint32_t higher);
  void join(std::uint32_t level, std::uint32_t key);
  void leave(std::uint32_t key);

  std::vector<Item> items_;    // by key
  std::vector<Level> levels_;  // those in use are linked from the lowest up, the others by `higher`
  std::uint32_t lowest_ = kAbsent;
  std::uint32_t free_ = kAbsent;
};

}  // namespace rehearse::models
