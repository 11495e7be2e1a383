#pragma once
/// How the pace of an instance varies by itself: slow while it warms up, at a stand while it
/// pauses.

#include <cstdint>

#include "base/time.hpp"

namespace rehearse::models {

struct PaceSpec {
  Duration warmup;          ///< after the process has started; zero: none
  double slowdown = 1;      ///< work takes so many times as long at its beginning
  bool from_start = false;  ///< the trial begins with processes that have just started
  std::uint32_t pause_every = 0xffffffff;  ///< law of the time between two pauses; all bits: none
  std::uint32_t pause_for = 0xffffffff;    ///< law of their length
  std::uint32_t stream = 0;                ///< of the instants of the first pauses
  double running = 1;                      ///< share of the time outside of pauses, in the long run

  bool pauses() const { return pause_every != 0xffffffff; }
  /// Without anything that happens to it.
  bool varies() const { return pauses() || (warms() && from_start); }
  bool warms() const { return warmup > Duration::zero(); }
};

}  // namespace rehearse::models
