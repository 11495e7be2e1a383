#pragma once
/// What stands between a proposed replica count and the new one in the Kubernetes Horizontal Pod
/// Autoscaler: stabilisation windows, then rate limits, then minimum and maximum.
///
/// Stabilisation keeps a log of proposals. Without a behaviour the largest of the last five minutes
/// wins (so only the way down is held back). With one, the count moves up only as far as the least
/// proposal of the up window, and down only as far as the greatest of the down window.
/// Rate limits keep logs of changes. A policy allows so many pods, or so many percent of the count
/// at the start of its period, more or less than then; of several the largest change counts, or the
/// smallest, or none at all.
///
/// Proposals are logged raw, and one that no window needs any more is overwritten, the last such
/// one: logs stay as long as the windows are in units of the sync period. A change counts while its
/// age is below the period (not at it), a proposal in the way of a behaviour likewise; without a
/// behaviour a proposal still counts at exactly the age of the window.
///
/// Source: Kubernetes 1.29 .. 1.37, pkg/controller/podautoscaler/horizontal.go; KEP-853.
/// All of it lives in the memory of the controller and is lost when that is restarted.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace rehearse::policies::hpa {

struct RatePolicy {
  enum class Type : std::uint8_t { pods, percent };
  Type type = Type::pods;
  std::int32_t value = 1;
  Duration period = Duration::seconds(15);
  bool operator==(const RatePolicy&) const = default;
};

enum class Select : std::uint8_t { max, min, disabled };

/// Of one direction.
struct Rules {
  Duration window;  ///< of stabilisation
  Select select = Select::max;
  std::vector<RatePolicy> policies;
  bool operator==(const Rules&) const = default;

  static Rules up();  ///< four pods or 100 % per 15 s, whichever is more; no window
  static Rules down(Duration window);  ///< all of them per 15 s
  Duration longest_period() const;
};

struct Recommendation {
  std::int32_t replicas = 0;
  Instant at;
  bool operator==(const Recommendation&) const = default;
};
struct ScaleEvent {
  std::int32_t change = 0;  ///< pods added or removed, never negative
  Instant at;
  bool outdated = false;
  bool operator==(const ScaleEvent&) const = default;
};

/// What a controller remembers of one target.
struct Memory {
  bool begun = false;  ///< the count that was found first has been logged
  std::vector<Recommendation> recommendations;
  std::vector<ScaleEvent> added;
  std::vector<ScaleEvent> removed;
  bool operator==(const Memory&) const = default;
};

struct Bounds {
  std::int32_t min = 1;
  std::int32_t max = 1;
};
/// A count and why it is not another one; the reason is that of the condition ScalingLimited.
struct Limited {
  std::int32_t replicas = 0;
  std::string_view reason;
};

/// Without a behaviour.
std::int32_t stabilized(Memory& memory, std::int32_t proposed, Duration window, Instant now);
/// Upwards at most max(factor × current, least) at once.
struct UpLimit {
  double factor = 2;
  double least = 4;
};
Limited limited(std::int32_t current, std::int32_t proposed, Bounds bounds, const UpLimit& up);

/// With a behaviour.
std::int32_t stabilized(Memory& memory, std::int32_t current, std::int32_t proposed,
                        Duration up_window, Duration down_window, Instant now);
std::int32_t up_limit(const Memory& memory, std::int32_t current, const Rules& up, Instant now);
std::int32_t down_limit(const Memory& memory, std::int32_t current, const Rules& down, Instant now);
Limited limited(const Memory& memory, std::int32_t current, std::int32_t proposed, Bounds bounds,
                const Rules& up, const Rules& down, Instant now);

/// The change within the last `period`.
std::int32_t change_within(const std::vector<ScaleEvent>& events, Duration period, Instant now);
/// The count has been changed from `before` to `after`.
void store_event(Memory& memory, std::int32_t before, std::int32_t after, const Rules& up,
                 const Rules& down, Instant now);

}  // namespace rehearse::policies::hpa
