#pragma once
/// How many requests may be in flight, learnt from how long they take: no figure to be guessed.
///
///   GradientLimit   compares the median of each window with the least round trip, which is
///                   measured anew from time to time with few requests in flight:
///                     limit <- g × limit + sqrt(g × limit), g = (least × (1 + buffer)) / sample,
///                     within 0.5 and 2
///                   The root is head room: without it the limit could not grow while all is well.
///   AimdLimit       one more for as many good answers as the limit, times `back_off` for a bad one
///                   (failed, or slower than `slow`), at most once per window
///
/// Units: ns; limits in requests. O(window) once per window, else O(1); no allocation after
/// construction. Copies are snapshots.
/// Source: Netflix, "Performance Under Load", 2018; Envoy 1.3x, gradient_controller.cc (defaults:
/// update every 100 ms, measure the least every 60 s with 50 requests at a limit of 3, buffer 25 %,
/// limits 3 to 1000, anew after five updates at the least limit). AIMD: D. Chiu and R. Jain, 1989;
/// Netflix concurrency-limits (back-off 0.9). Leaves out: jitter of when the least is measured.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace rehearse::policies {

class GradientLimit {
 public:
  struct Params {
    Duration update = Duration::milliseconds(100);
    Duration measure_every = Duration::seconds(60);
    std::uint32_t measure_requests = 50;
    double buffer = 0.25;
    std::uint32_t least = 3;  ///< and while measuring
    std::uint32_t most = 1000;
    std::uint32_t samples = 1000;  ///< of a window; later ones are not looked at
  };
  explicit GradientLimit(const Params& params)
      : params_(params),
        limit_(params.least),
        samples_(std::max({params.samples, params.measure_requests, 1U})) {}

  /// Whether a request may start; it then must finish.
  bool try_start(Instant now) noexcept {
    turn(now);
    if (in_flight_ >= limit()) return false;
    ++in_flight_;
    return true;
  }
  void finished(Instant now, Duration took) noexcept {
    if (in_flight_ > 0) --in_flight_;
    if (seen_ < samples_.size()) samples_[seen_++] = took.ns();
    if (measuring_ && seen_ >= params_.measure_requests) {
      least_rtt_ = Duration::nanoseconds(median());
      measuring_ = false;
      limit_ = std::max<double>(kept_, params_.least);
      begin_window(now);
      next_measure_ = now + params_.measure_every;
    }
  }
  /// One has ended in a way that says nothing of how long it would take.
  void ignored() noexcept {
    if (in_flight_ > 0) --in_flight_;
  }
  std::uint32_t limit() const { return static_cast<std::uint32_t>(limit_); }
  std::uint32_t in_flight() const { return in_flight_; }
  Duration least_round_trip() const { return least_rtt_; }
  bool measuring() const { return measuring_; }

 private:
  std::int64_t median() {
    const auto middle = samples_.begin() + static_cast<std::ptrdiff_t>(seen_ / 2);
    std::nth_element(samples_.begin(), middle,
                     samples_.begin() + static_cast<std::ptrdiff_t>(seen_));
    return *middle;
  }
  void begin_window(Instant now) {
    seen_ = 0;
    window_end_ = now + params_.update;
  }
  void measure() {
    measuring_ = true;
    kept_ = std::max<double>(limit_, params_.least);
    limit_ = params_.least;
    at_least_ = 0;
    seen_ = 0;
  }
  void turn(Instant now) noexcept {
    if (measuring_ || now < window_end_) return;
    if (now >= next_measure_) return measure();
    if (seen_ > 0) adapt();
    if (!measuring_) begin_window(now);
  }
  void adapt() {
    const double sample = std::max<double>(1, static_cast<double>(median()));
    const double aim = static_cast<double>(least_rtt_.ns()) * (1 + params_.buffer);
    const double scaled = limit_ * std::clamp(aim / sample, 0.5, 2.0);
    limit_ =
        std::clamp<double>(std::floor(scaled + std::sqrt(scaled)), params_.least, params_.most);
    at_least_ = limit_ <= params_.least ? at_least_ + 1 : 0;
    if (at_least_ >= kAnewAfter) measure();
  }
  static constexpr std::uint32_t kAnewAfter = 5;  // updates at the least limit

  Params params_;
  double limit_;
  double kept_ = 1;  // to go on with after measuring; at least the least limit
  std::uint32_t in_flight_ = 0;
  std::uint32_t at_least_ = 0;
  bool measuring_ = true;  // nothing is known in the beginning
  Duration least_rtt_;
  Instant window_end_;
  Instant next_measure_;
  std::vector<std::int64_t> samples_;  // the first `seen_` are of this window
  std::size_t seen_ = 0;
};

class AimdLimit {
 public:
  struct Params {
    std::uint32_t initial = 20;
    std::uint32_t least = 1;
    std::uint32_t most = 1000;
    double back_off = 0.9;  ///< from 0.5 to 1
    Duration slow = Duration::seconds(5);
    Duration window = Duration::milliseconds(100);  ///< least time between two back-offs
  };
  explicit AimdLimit(const Params& params) : params_(params), limit_(params.initial) {}

  bool try_start() noexcept {
    if (in_flight_ >= limit()) return false;
    ++in_flight_;
    return true;
  }
  void finished(Instant now, Duration took, bool failed) noexcept {
    const bool busy = 2 * in_flight_ >= limit();  // an idle limit proves nothing
    if (in_flight_ > 0) --in_flight_;
    if (failed || took > params_.slow) {
      if (now < next_) return;
      next_ = now + params_.window;
      limit_ = std::max<double>(params_.least, std::floor(limit_ * params_.back_off));
    } else if (busy) {
      limit_ = std::min<double>(params_.most, limit_ + 1 / limit_);
    }
  }
  void ignored() noexcept {
    if (in_flight_ > 0) --in_flight_;
  }
  std::uint32_t limit() const { return static_cast<std::uint32_t>(limit_); }
  std::uint32_t in_flight() const { return in_flight_; }

 private:
  Params params_;
  double limit_;
  std::uint32_t in_flight_ = 0;
  Instant next_;
};

}  // namespace rehearse::policies
