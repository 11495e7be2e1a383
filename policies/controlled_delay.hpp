#pragma once
/// Controlled delay: how long a request may wait in the queue of a server. While the queue has been
/// empty within the last `interval`, a burst is being worked off and may take its time: `interval`.
/// A queue that has not been empty for so long is a standing one, which only adds delay: those who
/// join it wait for `target` at most. In that state it is also better to serve the last one first
/// (adaptive LIFO), as the first ones are about to be given up anyway.
///
/// Units: ns; state 8 bytes. Defaults: target 5 ms, interval 100 ms.
/// Source: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015, after K. Nichols and V. Jacobson,
/// "Controlling Queue Delay", ACM Queue 10(5), 2012. RFC 8289, made for packets, drops single ones
/// at growing frequency instead, to slow down senders that adapt; clients of a service do not.
/// Leaves out: targets for single classes of requests.

#include <cstdint>

#include "base/time.hpp"

namespace rehearse::policies {

class ControlledDelay {
 public:
  struct Params {
    Duration target = Duration::milliseconds(5);
    Duration interval = Duration::milliseconds(100);
  };

  /// Longest wait of a request that joins `waiting` others. `now` never decreases.
  Duration joins(Instant now, const Params& params, std::uint64_t waiting) {
    if (waiting == 0) empty_ = now;
    return standing(now, params) ? params.target : params.interval;
  }
  /// Whether the queue has not been empty for the interval. REQUIRES: it is not empty now.
  bool standing(Instant now, const Params& params) const { return now - empty_ > params.interval; }

 private:
  Instant empty_;  // last time that somebody found the queue empty
};

}  // namespace rehearse::policies
