#include <algorithm>

#include "models/instance_set.hpp"
#include "models/instance_stop.hpp"
#include "models/service.hpp"
#include "models/world.hpp"

/// Memory of instances, and what kills and restarts them.
///
/// use = base + sum over the requests in the instance, queued ones included, of what each takes. An
/// instance whose use goes above its limit is killed at once (the OOM killer of a memory cgroup),
/// with all that it was working on: callers see their connections close. Processes that were
/// killed, by this or by a failing probe, start again after a pause (policies/restart_backoff.hpp)
/// and their start-up time. Leaves out: swap, caches that give way under pressure, leaks, nodes
/// that run out of memory.

namespace rehearse::models {
namespace {

constexpr double kMostBytes = 0xffffffff;  // of one request

}  // namespace

void Service::take_memory(Frame& frame, Instance& instance) {
  const MemorySpec& memory = spec_.memory;
  if (memory.per_request == kNone) return;
  const Law& law = world_.blueprint_.plans.laws[memory.per_request];
  const double bytes = law.law.sample(world_.streams_[law.stream]);
  frame.memory = static_cast<std::uint32_t>(std::min(kMostBytes, bytes));
  instance.requests_bytes += frame.memory;
  const Instant now = world_.engine_.now();
  meter_.remembered(now, frame.memory);
  const auto limit = static_cast<std::uint64_t>(sizes_[frame.instance].memory_limit);
  if (memory.base + instance.requests_bytes <= limit || instance.killing) return;
  // An event of its own: others may be about to go on in this one.
  instance.killing = true;
  world_.engine_.schedule(*this, now, pack(Signal::out_of_memory, frame.instance));
}

void Service::free_memory(Frame& frame) {
  if (spec_.memory.per_request == kNone || frame.memory == 0) return;
  instances_[frame.instance].requests_bytes -= frame.memory;
  meter_.remembered(world_.engine_.now(), -static_cast<std::int64_t>(frame.memory));
  frame.memory = 0;
}

void Service::hold_base(std::int64_t instances) {
  if (spec_.memory.limit > 0)
    meter_.remembered(world_.engine_.now(),
                      instances * static_cast<std::int64_t>(spec_.memory.base));
}

void Service::on_out_of_memory(std::uint32_t number) {
  instances_[number].killing = false;
  if (is_down(number)) return;
  meter_.killed();
  if (set_ != nullptr) set_->killed(number);
  world_.log("instance.out_of_memory", spec_.name, number, "");
  restart(number);
}

void Service::restart(std::uint32_t number) {
  const InstanceRef ref{number_, number};
  stop_instances(world_, {&ref, 1}, spec::InFlight::error);
  const Instant now = world_.engine_.now();
  const Duration wait = instances_[number].restarts.ended(now, spec_.restart);
  if (wait <= Duration::zero()) return bring_up(number);
  world_.engine_.schedule(*this, saturating_add(now, wait), pack(Signal::restart, number));
}

}  // namespace rehearse::models
