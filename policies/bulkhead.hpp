#pragma once
/// A bulkhead: so many calls of one kind at once, and so many more that may wait, each for a
/// limited time; the rest is refused at once. What happens behind one cannot use up what is behind
/// another. Units: calls; ns. State 16 bytes, O(1), no allocation. Who waits is kept by the caller,
/// in its order; a place that is given back belongs to the first of them. Source: resilience4j 2.x,
/// SemaphoreBulkhead (25 calls, no wait) and FixedThreadPoolBulkhead (a queue); Envoy's
/// max_connections and max_pending_requests are the same.

#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

class Bulkhead {
 public:
  struct Params {
    std::uint32_t concurrent = 25;
    std::uint32_t waiting = 0;
    Duration longest_wait;  ///< of those; zero: for ever
  };
  enum class Answer : std::uint8_t { go, wait, refused };

  Answer arrive(const Params& params) noexcept {
    if (running_ < params.concurrent && waiting_ == 0) {
      ++running_;
      return Answer::go;
    }
    if (waiting_ < params.waiting) {
      ++waiting_;
      return Answer::wait;
    }
    ++refused_;
    return Answer::refused;
  }
  /// A call has ended. Whether the first that waits may go: its place is taken already.
  bool finished(const Params& params) noexcept {
    if (running_ > 0) --running_;
    if (waiting_ == 0 || running_ >= params.concurrent) return false;
    --waiting_;
    ++running_;
    return true;
  }
  /// One that waited has given up.
  void gave_up() noexcept {
    if (waiting_ > 0) --waiting_;
  }
  std::uint32_t running() const { return running_; }
  std::uint32_t waiting() const { return waiting_; }
  std::uint64_t refused() const { return refused_; }
  bool operator==(const Bulkhead&) const = default;

 private:
  std::uint32_t running_ = 0;
  std::uint32_t waiting_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace rehearse::policies
