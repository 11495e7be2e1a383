#pragma once
/// How long a process that has ended stays down before it is started again. The first end costs
/// nothing; each further one waits `initial`, then twice as long as before, up to `most`. Once a
/// process has run for `reset` all is forgiven.
///
/// Units: ns; state 16 bytes. Defaults: 10 s, 5 min, 10 min, as the kubelet's (Kubernetes 1.29
/// documentation, "Pod Lifecycle": container restarts, CrashLoopBackOff). Docker's `restart:
/// always` has 100 ms, 1 min, 10 s. Leaves out: jitter; limits on the number of restarts.

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

class RestartBackoff {
 public:
  struct Params {
    Duration initial = Duration::seconds(10);
    Duration most = Duration::seconds(300);
    Duration reset = Duration::seconds(600);
  };

  /// The process has ended at `now`, which never decreases: how long to wait for its start.
  Duration ended(Instant now, const Params& params) {
    if (now > started_ && now - started_ > params.reset) next_ = Duration::zero();
    const Duration wait = next_;
    next_ = next_ == Duration::zero() ? params.initial : std::min(params.most, 2 * next_);
    started_ = saturating_add(now, wait);
    return wait;
  }

 private:
  Duration next_;    // zero: at once
  Instant started_;  // last time that it was, or will be
};

}  // namespace rehearse::policies
