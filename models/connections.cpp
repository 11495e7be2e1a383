#include "models/connections.hpp"

#include <algorithm>

namespace rehearse::models {

Connections::Connections(const Blueprint& blueprint, const ServiceSpec& service)
    : spec_(service.connections),
      instances_(static_cast<std::uint32_t>(service.placement.size())),
      clients_(std::max<std::uint32_t>(1, blueprint.clients)),
      of_services_(blueprint.services.size()) {}

std::vector<Connections::Idle>& Connections::idle_of(const Pool& pool) {
  if (pool.client) {
    if (of_clients_.empty()) of_clients_.resize(clients_);
    return of_clients_[pool.caller];
  }
  std::vector<std::vector<Idle>>& pools = of_services_[pool.caller];
  if (pools.empty()) pools.resize(std::size_t{pool.callers} * instances_);
  return pools[std::size_t{pool.instance} * instances_ + pool.callee];
}

bool Connections::take(const Pool& pool, Instant now) {
  std::vector<Idle>& idle = idle_of(pool);
  while (!idle.empty()) {
    const Idle last = idle.back();
    idle.pop_back();
    if (now - last.since < spec_.keep_alive && last.life == pool.life) return true;
    // Those below are older.
    if (last.life == pool.life) idle.clear();
  }
  return false;
}

void Connections::give(const Pool& pool, Instant now) {
  std::vector<Idle>& idle = idle_of(pool);
  const auto gone = [&](const Idle& one) {
    return one.life != pool.life || now - one.since >= spec_.keep_alive;
  };
  const auto first = std::find_if_not(idle.begin(), idle.end(), gone);
  idle.erase(idle.begin(), first);
  if (idle.size() < spec_.max_idle) idle.push_back({now, pool.life});
}

}  // namespace rehearse::models
