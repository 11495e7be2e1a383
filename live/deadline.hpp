#pragma once
/// A time limit for something that takes several calls to the system.

#include <algorithm>
#include <chrono>

#include "base/time.hpp"

namespace rehearse::live {

class Deadline {
 public:
  explicit Deadline(Duration from_now)
      : at_(std::chrono::steady_clock::now() + std::chrono::nanoseconds(from_now.ns())) {}
  bool over() const { return std::chrono::steady_clock::now() >= at_; }
  /// For poll(): what is left, rounded up; 0 where it is over.
  int milliseconds_left() const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
  }

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace rehearse::live
