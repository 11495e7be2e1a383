#pragma once
/// An event and its place in the total order.
///
/// Order: (instant, source, counter of that source). Each entity that schedules has a source number
/// of its own and counts its events, so the order depends neither on a global counter nor on an
/// address, and survives any partition of the entities over threads or machines.

#include <cstdint>

#include "base/time.hpp"
#include "sim/wide.hpp"

namespace rehearse::sim {

class Handler;

/// 32 bytes, moved by value: the queue never follows a pointer to compare two events.
struct Event {
  std::int64_t at_ns;
  std::uint64_t order;  ///< source : 24 | counter : 39 | cancellable : 1
  Handler* handler;
  std::uint64_t data;  ///< for the handler; of a cancellable event: its timer (generation, slot)

  static constexpr int kSourceShift = 40;
  static constexpr std::uint64_t kMaxSources = std::uint64_t{1} << 24;
  static constexpr std::uint64_t kCancellable = 1;
  static constexpr std::uint64_t kCounterStep = 2;

  bool cancellable() const { return (order & kCancellable) != 0; }
};

/// One 128-bit comparison: no branch on a tie. REQUIRES: at_ns >= 0.
inline bool earlier(const Event& a, const Event& b) {
  const auto key = [](const Event& e) {
    return (static_cast<UInt128>(static_cast<std::uint64_t>(e.at_ns)) << 64) | e.order;
  };
  return key(a) < key(b);
}

/// Names a cancellable event. A stale id (fired, cancelled, reused) is harmless. 67 million timers
/// may be pending at once; a slot is told apart over 2.7e11 reuses.
struct TimerId {
  static constexpr int kSlotBits = 26;
  std::uint64_t value = ~std::uint64_t{0};

  static TimerId of(std::uint64_t slot, std::uint64_t generation) {
    return {(generation << kSlotBits) | slot};
  }
  std::uint64_t slot() const { return value & ((std::uint64_t{1} << kSlotBits) - 1); }
  std::uint64_t generation() const { return value >> kSlotBits; }
};

}  // namespace rehearse::sim
