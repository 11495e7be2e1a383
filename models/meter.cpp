#include "models/meter.hpp"

#include <algorithm>

namespace rehearse::models {

std::uint64_t WindowRecord::ended() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : outcomes) sum += n;
  return sum;
}

void WindowRecord::merge(const WindowRecord& other) {
  arrivals += other.arrivals;
  for (std::size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
  response.merge(other.response);
  wait.merge(other.wait);
  hits += other.hits;
  misses += other.misses;
  stale += other.stale;
  outdated += other.outdated;
  coalesced += other.coalesced;
  evictions += other.evictions;
  expirations += other.expirations;
  gone += other.gone;
  work += other.work;
  redelivered += other.redelivered;
  dead_lettered += other.dead_lettered;
  deferred += other.deferred;
  lost += other.lost;
  disk = std::max(disk, other.disk);
  killed += other.killed;
  started += other.started;
  in_system += other.in_system;
  in_queue += other.in_queue;
  busy += other.busy;
  memory += other.memory;
  instances += other.instances;
  capacity += other.capacity;
  memory_limit += other.memory_limit;
  sojourn += other.sojourn;
}

void Meter::close_window(Instant now) {
  current_.in_system = in_system_.take(now);
  current_.in_queue = in_queue_.take(now);
  current_.busy = busy_.take(now);
  current_.memory = memory_.take(now);
  current_.instances = instances_.take(now);
  current_.capacity = capacity_.take(now);
  current_.memory_limit = memory_limit_.take(now);
  // The running histograms keep their memory; what is stored has no more than it needs.
  sim::Histogram response = std::move(current_.response);
  sim::Histogram wait = std::move(current_.wait);
  current_.response = response.compact();
  current_.wait = wait.compact();
  const std::uint64_t disk = current_.disk;
  windows_.push_back(std::move(current_));
  response.clear();
  wait.clear();
  current_ = WindowRecord{};
  current_.disk = disk;
  current_.response = std::move(response);
  current_.wait = std::move(wait);
}

}  // namespace rehearse::models
