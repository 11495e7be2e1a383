#pragma once
/// The cores of one instance, shared by the requests in it (egalitarian processor sharing): n
/// requests on c cores each run at speed min(1, c / n). A fraction of a core is a slower share.
///
/// Works in virtual time, which advances at the common speed: a request that arrives at virtual
/// time v with demand d ends at v + d, so arrivals and departures cost O(log n) and touch nobody
/// else (Parekh and Gallager 1993, for the idea). Theory: tests/theory, M/M/1-PS and M/G/1-PS.
///
/// With a quota (CFS bandwidth control: Linux Documentation/scheduler/sched-bwc.rst; what a CPU
/// limit of Kubernetes becomes) requests run on all `cores`, until they have used the quota of the
/// period; then none runs before the next period begins. Periods lie on a fixed grid. Leaves out:
/// caches, memory, scheduling quanta, the 5 ms slices in which CFS hands out a quota, and
/// bursts (cpu.max.burst).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "models/frame.hpp"

namespace rehearse::models {

class Processor {
 public:
  struct Quota {
    double seconds = 0;  ///< of core time per period; 0: no quota
    Duration period;
    Instant grid;  ///< one of the instants at which a period begins, not after the first use
  };

  explicit Processor(double cores) : cores_(cores) {}
  Processor(double cores, Quota quota) : cores_(cores), quota_(quota) {}

  void add(Instant now, Frame& frame, double demand_seconds) {
    advance(now);
    if (quota_.seconds > 0) [[unlikely]]
      check_quota(now);
    jobs_.push_back({virtual_ + demand_seconds, sequence_++, &frame});
    std::push_heap(jobs_.begin(), jobs_.end(), After{});
  }
  /// Moves requests that are done at `now` to the end of `done`, in order of completion.
  void take_done(Instant now, std::vector<Frame*>& done) {
    advance(now);
    if (quota_.seconds > 0) [[unlikely]]
      check_quota(now);
    // A completion is planned at a whole nanosecond at or after its true time: half a nanosecond of
    // slack absorbs the rounding of the virtual clock.
    while (!jobs_.empty() && jobs_.front().finish <= virtual_ + 0.5e-9) {
      done.push_back(jobs_.front().frame);
      std::pop_heap(jobs_.begin(), jobs_.end(), After{});
      jobs_.pop_back();
    }
    if (jobs_.empty()) virtual_ = 0;
  }
  /// Instant of the next completion or change of speed, if nothing arrives until then; never where
  /// idle.
  Instant next_done() const {
    if (jobs_.empty() || standing_) return Instant::never();
    if (throttled_) return throttled_until_;
    return quota_.seconds > 0 ? std::min(quota_end(), completion()) : completion();
  }
  std::size_t jobs() const { return jobs_.size(); }
  /// From now on everything runs at `speed` times the usual speed; above 0.
  void set_speed(Instant now, double speed) {
    advance(now);
    slowed_ = speed;
  }
  /// Nothing runs from now on, or all goes on; the quota's periods pass meanwhile.
  void stand(Instant now, bool still) {
    advance(now);
    standing_ = still;
    if (quota_.seconds > 0) check_quota(now);
  }
  /// Has other cores and another quota per period (seconds; 0: none). REQUIRES: idle.
  void resize(double cores, double quota) {
    REHEARSE_ASSERT(jobs_.empty() && (quota > 0) == (quota_.seconds > 0));
    cores_ = cores;
    quota_.seconds = quota;
  }
  /// Forgets all requests.
  void clear(Instant now) {
    advance(now);
    jobs_.clear();
    virtual_ = 0;
  }
  std::int64_t busy_millicores() const {
    if (throttled_ || standing_) return 0;
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
  // ---- The quota
  double rate() const {
    return standing_ ? 0 : std::min(cores_, static_cast<double>(jobs_.size()));
  }
  Instant period_of(Instant at) const {
    const std::int64_t since = (at - quota_.grid).ns();
    return Instant::at_ns(at.ns() - since % quota_.period.ns());
  }
  // At this rate; never where the rate is one that the quota allows for.
  Instant quota_end() const {
    const Instant next = saturating_add(period_of(updated_), quota_.period);
    const double left = std::max(0.0, quota_.seconds - used_) / rate();
    const Instant ends = saturating_add(updated_, whole_ns(left));
    if (ends < next) return ends;
    if (rate() * quota_.period.to_seconds() <= quota_.seconds * (1 + 1e-12))
      return Instant::never();
    return saturating_add(next, whole_ns(quota_.seconds / rate()));
  }
  void check_quota(Instant now) {
    if (throttled_ && now >= throttled_until_) {
      throttled_ = false;
      used_ = 0;
    } else if (!throttled_ && used_ >= quota_.seconds - 0.5e-9 * rate()) {
      throttled_ = true;
      throttled_until_ = saturating_add(period_of(now), quota_.period);
    }
  }
  // What has been used since the period began. Without an event in between, none was over.
  void use(Instant now) {
    const Instant period = period_of(now);
    if (period > updated_) {
      used_ = throttled_ ? used_ : rate() * (now - period).to_seconds();
    } else if (!throttled_) {
      used_ += rate() * (now - updated_).to_seconds();
    }
  }
  static Duration whole_ns(double seconds) {
    return Duration::from_seconds(std::ceil(seconds * 1e9) * 1e-9);
  }

  Instant completion() const {
    const double seconds = std::max(0.0, jobs_.front().finish - virtual_) / speed();
    return saturating_add(updated_, whole_ns(seconds));
  }
  double speed() const {
    if (throttled_ || standing_) return 0;
    const auto n = static_cast<double>(jobs_.size());
    return n <= cores_ ? slowed_ : slowed_ * cores_ / n;
  }
  void advance(Instant now) {
    if (quota_.seconds > 0) [[unlikely]]
      use(now);
    if (!jobs_.empty()) virtual_ += (now - updated_).to_seconds() * speed();
    updated_ = now;
  }

  double cores_;
  Quota quota_;
  double used_ = 0;  // of the quota, since the period began
  bool throttled_ = false;
  Instant throttled_until_;
  bool standing_ = false;
  double slowed_ = 1;
  double virtual_ = 0;
  std::uint64_t sequence_ = 0;
  Instant updated_;
  std::vector<Job> jobs_;
};

}  // namespace rehearse::models
