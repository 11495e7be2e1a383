#pragma once
/// The cores of one instance, shared by the requests in it (egalitarian processor sharing): n
/// requests on c cores each run at speed min(1, c / n). A fraction of a core is a slower share.
///
/// Works in virtual time, which advances at the common speed: a request that arrives at virtual
/// time v with demand d ends at v + d, so arrivals and departures cost O(log n) and touch nobody
/// else (Parekh and Gallager 1993, for the idea). Theory: tests/theory, M/M/1-PS and M/G/1-PS.
/// Leaves out: throttling periods, pauses, caches, memory, scheduling quanta.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/frame.hpp"

namespace rehearse::models {

class Processor {
 public:
  explicit Processor(double cores) : cores_(cores) {}

  void add(Instant now, Frame& frame, double demand_seconds) {
    advance(now);
    jobs_.push_back({virtual_ + demand_seconds, sequence_++, &frame});
    std::push_heap(jobs_.begin(), jobs_.end(), After{});
  }
  /// Moves requests that are done at `now` to the end of `done`, in order of completion.
  void take_done(Instant now, std::vector<Frame*>& done) {
    advance(now);
    // A completion is planned at a whole nanosecond at or after its true time: half a nanosecond of
    // slack absorbs the rounding of the virtual clock.
    while (!jobs_.empty() && jobs_.front().finish <= virtual_ + 0.5e-9) {
      done.push_back(jobs_.front().frame);
      std::pop_heap(jobs_.begin(), jobs_.end(), After{});
      jobs_.pop_back();
    }
    if (jobs_.empty()) virtual_ = 0;
  }
  /// Instant of the next completion, if nothing arrives until then; never where idle.
  Instant next_done() const {
    if (jobs_.empty()) return Instant::never();
    const double seconds = std::max(0.0, jobs_.front().finish - virtual_) / speed();
    return saturating_add(updated_, Duration::from_seconds(std::ceil(seconds * 1e9) * 1e-9));
  }
  std::size_t jobs() const { return jobs_.size(); }
  /// From now on everything runs at `speed` times the usual speed; above 0.
  void set_speed(Instant now, double speed) {
    advance(now);
    slowed_ = speed;
  }
  /// Forgets all requests.
  void clear(Instant now) {
    advance(now);
    jobs_.clear();
    virtual_ = 0;
  }
  std::int64_t busy_millicores() const {
    return static_cast<std::int64_t>(std::min(cores_, static_cast<double>(jobs_.size())) * 1000 +
                                     0.5);
  }

  /// Instant for which a completion event is in the queue; kept here for the owner.
  Instant planned = Instant::never();

 private:
  struct Job {
    double finish;  // in virtual time
    std::uint64_t sequence;
    Frame* frame;
  };
  struct After {
    bool operator()(const Job& a, const Job& b) const {
      return a.finish > b.finish || (a.finish == b.finish && a.sequence > b.sequence);
    }
  };
  double speed() const {
    const auto n = static_cast<double>(jobs_.size());
    return n <= cores_ ? slowed_ : slowed_ * cores_ / n;
  }
  void advance(Instant now) {
    if (!jobs_.empty()) virtual_ += (now - updated_).to_seconds() * speed();
    updated_ = now;
  }

  double cores_;
  double slowed_ = 1;
  double virtual_ = 0;
  std::uint64_t sequence_ = 0;
  Instant updated_;
  std::vector<Job> jobs_;
};

}  // namespace rehearse::models
