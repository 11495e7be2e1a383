#pragma once
/// What the service counts of itself, in the text format of Prometheus.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace rehearse::testbed {

class Instruments {
 public:
  void begun() { in_flight_ += 1; }
  void ended(int status, double seconds);
  std::string text(std::size_t queued) const;

 private:
  static constexpr std::size_t kBuckets = 28;  // 1 ms, and 1.4 times as long each
  std::array<std::atomic<std::uint64_t>, kBuckets + 1> answered_{};
  std::atomic<std::uint64_t> ok_{0};
  std::atomic<std::uint64_t> turned_away_{0};
  std::atomic<std::int64_t> in_flight_{0};
  std::atomic<std::uint64_t> nanoseconds_{0};
};

}  // namespace rehearse::testbed
