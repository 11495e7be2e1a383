#pragma once
/// W-TinyLFU: a small window of newcomers before a large segmented LRU, and between the two an
/// admission by frequency. What leaves the window is a candidate; it replaces the victim of the
/// main part only if it was asked for more often lately, by a sketch of the past that also
/// remembers keys which are not held (G. Einziger, R. Friedman, B. Manes, "TinyLFU: A highly
/// efficient cache admission policy", ACM Transactions on Storage 13(4), 2017).
///
/// Sizes as in Caffeine 3: window 1 % of the entries, main part 20 % probation and 80 % protected;
/// sketch of 4-bit counters, 4 per key, one 64-bit word per entry, all halved after as many uses as
/// ten times the entries. O(1) per operation, fixed size, no allocation.
/// Leaves out: the doorkeeper of the paper; Caffeine's hill climbing of the window's size, and its
/// rare random admission of warm candidates against hash flooding.

#include <array>
#include <cstdint>
#include <vector>

#include "models/key_lists.hpp"

namespace rehearse::models {

/// How often keys were used of late, up to 15 times: a count-min sketch (G. Cormode, S.
/// Muthukrishnan 2005), so that an estimate is never too low but for the halvings.
class FrequencySketch {
 public:
  /// Of a cache with so many entries.
  explicit FrequencySketch(std::uint64_t entries);
  void add(std::uint32_t key);
  std::uint32_t estimate(std::uint32_t key) const;
  std::size_t memory_bytes() const { return table_.size() * sizeof(std::uint64_t); }

 private:
  static constexpr std::uint32_t kRows = 4;
  struct Place {
    std::uint64_t word;
    std::uint32_t shift;
  };
  std::array<Place, kRows> places_of(std::uint32_t key) const;
  void age();

  std::vector<std::uint64_t> table_;  // a power of two of words with 16 counters each
  std::uint64_t mask_;
  std::uint64_t added_ = 0;
  std::uint64_t period_;
};

class TinyLfuOrder {
 public:
  TinyLfuOrder(std::uint64_t keys, std::uint64_t entries);
  bool holds(std::uint32_t key) const { return lists_.holds(key); }
  void hit(std::uint32_t key);
  void rewrite(std::uint32_t key) { hit(key); }
  void insert(std::uint32_t key);
  void erase(std::uint32_t key);
  /// May be `newest` itself, or whom it has pushed out of the window.
  std::uint32_t victim(std::uint32_t newest) const;
  template <class F>
  void each(F&& gone) {
    for (std::uint32_t list = 0; list < kLists; ++list) {
      for (std::uint32_t key = lists_.last(list); key != KeyLists::kAbsent;) {
        const std::uint32_t next = lists_.before(key);
        gone(key);
        key = next;
      }
    }
  }
  static constexpr double kBytesPerKey = 9;

 private:
  enum List : std::uint8_t { window, probation, protection, kLists };
  void move(std::uint32_t key, List to);

  KeyLists lists_;
  std::vector<std::uint8_t> list_of_;  // by key
  std::array<std::uint64_t, kLists> sizes_{};
  std::array<std::uint64_t, kLists> limits_{};
  std::uint32_t candidate_ = KeyLists::kAbsent;  // left the window last, while it is on probation
  FrequencySketch sketch_;
};

}  // namespace rehearse::models
