#include "policies/hpa_behavior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policies/hpa_calculator.hpp"

namespace rehearse::policies::hpa {
namespace {

constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
constexpr auto kLeast = std::numeric_limits<std::int32_t>::min();

std::int32_t narrowed(std::int64_t count) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(count, kLeast, kMost));
}

// Towards zero, kept within int32.
std::int32_t truncated(double real) {
  return narrowed(static_cast<std::int64_t>(std::clamp(real, -1e18, 1e18)));
}

constexpr std::size_t kNone = ~std::size_t{0};

void log(Memory& memory, std::size_t replaced, std::int32_t proposed, Instant now) {
  if (replaced == kNone)
    memory.recommendations.push_back({proposed, now});
  else
    memory.recommendations[replaced] = {proposed, now};
}

// The count at the start of the period, from which a policy counts.
std::int64_t start_of(const Memory& memory, std::int32_t current, Duration period, Instant now) {
  return std::int64_t{current} - change_within(memory.added, period, now) +
         change_within(memory.removed, period, now);
}

void store(std::vector<ScaleEvent>& events, std::int32_t change, Duration longest, Instant now) {
  std::size_t replaced = kNone;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (now - events[i].at > longest) events[i].outdated = true;
    if (events[i].outdated) replaced = i;
  }
  if (replaced == kNone)
    events.push_back({change, now, false});
  else
    events[replaced] = {change, now, false};
}

}  // namespace

Rules Rules::up() {
  const Duration period = Duration::seconds(15);
  return {
      .window = Duration::zero(),
      .select = Select::max,
      .policies = {{RatePolicy::Type::pods, 4, period}, {RatePolicy::Type::percent, 100, period}}};
}

Rules Rules::down(Duration window) {
  return {.window = window,
          .select = Select::max,
          .policies = {{RatePolicy::Type::percent, 100, Duration::seconds(15)}}};
}

Duration Rules::longest_period() const {
  Duration longest;
  for (const RatePolicy& policy : policies) longest = std::max(longest, policy.period);
  return longest;
}

std::int32_t stabilized(Memory& memory, std::int32_t proposed, Duration window, Instant now) {
  std::int32_t highest = proposed;
  std::size_t old = kNone;
  for (std::size_t i = 0; i < memory.recommendations.size(); ++i) {
    const Recommendation& was = memory.recommendations[i];
    if (now - was.at > window)
      old = i;
    else
      highest = std::max(highest, was.replicas);
  }
  log(memory, old, proposed, now);
  return highest;
}

Limited limited(std::int32_t current, std::int32_t proposed, Bounds bounds, const UpLimit& up) {
  const std::int32_t most = truncated(std::max(up.factor * current, up.least));
  const bool by_rate = bounds.max > most;
  if (proposed < bounds.min) return {bounds.min, "TooFewReplicas"};
  if (proposed > std::min(bounds.max, most))
    return {std::min(bounds.max, most), by_rate ? "ScaleUpLimit" : "TooManyReplicas"};
  return {proposed, "DesiredWithinRange"};
}

std::int32_t stabilized(Memory& memory, std::int32_t current, std::int32_t proposed,
                        Duration up_window, Duration down_window, Instant now) {
  std::int32_t up = proposed;
  std::int32_t down = proposed;
  std::size_t old = kNone;
  for (std::size_t i = 0; i < memory.recommendations.size(); ++i) {
    const Recommendation& was = memory.recommendations[i];
    const Duration age = now - was.at;
    if (age < up_window) up = std::min(up, was.replicas);
    if (age < down_window) down = std::max(down, was.replicas);
    if (age > up_window && age > down_window) old = i;
  }
  log(memory, old, proposed, now);
  return std::min(std::max(current, up), down);
}

std::int32_t up_limit(const Memory& memory, std::int32_t current, const Rules& up, Instant now) {
  if (up.select == Select::disabled) return current;
  std::int32_t limit = up.select == Select::min ? kMost : kLeast;
  for (const RatePolicy& policy : up.policies) {
    const std::int64_t start = start_of(memory, current, policy.period, now);
    const std::int32_t proposed =
        policy.type == RatePolicy::Type::pods
            ? narrowed(start + policy.value)
            : saturating_ceil(static_cast<double>(start) *
                              (1 + static_cast<double>(policy.value) / 100));
    limit = up.select == Select::min ? std::min(limit, proposed) : std::max(limit, proposed);
  }
  return limit;
}

std::int32_t down_limit(const Memory& memory, std::int32_t current, const Rules& down,
                        Instant now) {
  if (down.select == Select::disabled) return current;
  std::int32_t limit = down.select == Select::min ? kLeast : kMost;
  for (const RatePolicy& policy : down.policies) {
    const std::int64_t start = start_of(memory, current, policy.period, now);
    const std::int32_t proposed =
        policy.type == RatePolicy::Type::pods
            ? narrowed(start - policy.value)
            : truncated(static_cast<double>(start) * (1 - static_cast<double>(policy.value) / 100));
    limit = down.select == Select::min ? std::max(limit, proposed) : std::min(limit, proposed);
  }
  return limit;
}

Limited limited(const Memory& memory, std::int32_t current, std::int32_t proposed, Bounds bounds,
                const Rules& up, const Rules& down, Instant now) {
  if (proposed > current) {
    const std::int32_t rate = std::max(current, up_limit(memory, current, up, now));
    const std::int32_t most = std::min(bounds.max, rate);
    if (proposed > most) return {most, bounds.max > rate ? "ScaleUpLimit" : "TooManyReplicas"};
  } else if (proposed < current) {
    const std::int32_t rate = std::min(current, down_limit(memory, current, down, now));
    const std::int32_t least = std::max(bounds.min, rate);
    if (proposed < least) return {least, bounds.min < rate ? "ScaleDownLimit" : "TooFewReplicas"};
  }
  return {proposed, "DesiredWithinRange"};
}

std::int32_t change_within(const std::vector<ScaleEvent>& events, Duration period, Instant now) {
  std::int64_t change = 0;
  for (const ScaleEvent& event : events)
    if (now - event.at < period) change += event.change;
  return narrowed(change);
}

void store_event(Memory& memory, std::int32_t before, std::int32_t after, const Rules& up,
                 const Rules& down, Instant now) {
  if (after > before)
    store(memory.added, after - before, up.longest_period(), now);
  else
    store(memory.removed, before - after, down.longest_period(), now);
}

}  // namespace rehearse::policies::hpa
