#include "experiments/topology.hpp"

#include <map>
#include <string>
#include <utility>

#include "models/dependencies.hpp"
#include "models/traffic.hpp"

namespace rehearse::experiments {
namespace {

using models::kNone;
using models::Level;
using models::ServiceKind;

class Drawing {
 public:
  explicit Drawing(const models::Scenario& scenario)
      : blueprint_(scenario.blueprint),
        traffic_(scenario),
        of_service_(blueprint_.services.size(), kNone),
        of_queue_(blueprint_.queues.size(), kNone),
        of_cache_(blueprint_.caches.size(), kNone) {}

  reports::Topology draw() {
    add_parts();
    for (std::uint32_t w = 0; w < blueprint_.workloads.size(); ++w)
      add_plan(w, traffic_.request(w), traffic_.workload_rate(w, Level::mean));
    for (std::uint32_t e = 0; e < blueprint_.endpoints.size(); ++e)
      add_plan(of_service_[blueprint_.endpoints[e].service], traffic_.endpoint(e),
               traffic_.endpoint_rate(e, Level::mean));
    add_deliveries();
    for (const auto& [pair, rate] : rates_)
      if (rate > 0) out_.calls.push_back({pair.first, pair.second, rate});
    return std::move(out_);
  }

 private:
  std::uint32_t add(const std::string& name, const char* kind) {
    out_.parts.push_back({name, kind, {}});
    return static_cast<std::uint32_t>(out_.parts.size() - 1);
  }

  void stand(std::uint32_t part, std::uint32_t zone, std::uint64_t instances) {
    const models::Zone& place = blueprint_.network.zones[zone];
    // Clients may ask from a place that is no region.
    const std::string region = place.region < blueprint_.network.regions.size()
                                   ? blueprint_.network.regions[place.region]
                                   : place.name;
    std::string name = place.name == region ? std::string() : place.name;
    if (name.starts_with(region + "/")) name.erase(0, region.size() + 1);
    for (reports::Placement& known : out_.parts[part].places)
      if (known.region == region && known.zone == name) {
        known.instances += instances;
        return;
      }
    out_.parts[part].places.push_back({region, name, instances});
  }

  void add_station(std::uint32_t service, const char* kind) {
    of_service_[service] = add(blueprint_.services[service].name, kind);
    for (const std::uint32_t zone : blueprint_.services[service].placement)
      stand(of_service_[service], zone, 1);
  }

  void add_stations(ServiceKind which, const char* kind) {
    for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s)
      if (blueprint_.services[s].kind == which) add_station(s, kind);
  }

  void add_parts() {
    for (const models::WorkloadSpec& workload : blueprint_.workloads)
      stand(add(workload.name, "workload"), workload.zone, 0);
    add_stations(ServiceKind::service, "service");
    add_stations(ServiceKind::database, "database");
    add_stations(ServiceKind::broker, "broker");
    for (std::uint32_t q = 0; q < blueprint_.queues.size(); ++q)
      of_queue_[q] = add(blueprint_.queues[q].name, "queue");
    for (std::uint32_t c = 0; c < blueprint_.caches.size(); ++c) {
      const models::CacheSpec& cache = blueprint_.caches[c];
      if (!cache.layers.empty()) continue;
      of_cache_[c] = add(cache.name, "cache");
      if (cache.service == kNone) continue;
      of_service_[cache.service] = of_cache_[c];
      for (const std::uint32_t zone : blueprint_.services[cache.service].placement)
        stand(of_cache_[c], zone, 1);
    }
  }

  void connect(std::uint32_t from, std::uint32_t to, double rate) {
    if (from != kNone && to != kNone && from != to) rates_[{from, to}] += rate;
  }

  /// What one part asks of others, `rate` times a second. Handlers of messages are called by
  /// queues.
  void add_plan(std::uint32_t from, const models::PlanFigures& figures, double rate) {
    std::map<std::uint32_t, double> calls = figures.calls;
    for (const auto& [q, messages] : figures.messages) {
      const models::QueueSpec& queue = blueprint_.queues[q];
      connect(of_service_[blueprint_.brokers[queue.broker].service], of_queue_[q], messages * rate);
      if (queue.handler != kNone) calls[queue.handler] -= messages * deliveries(queue);
    }
    for (const auto& [endpoint, times] : calls)
      if (times > 1e-9)
        connect(from, of_service_[blueprint_.endpoints[endpoint].service], times * rate);
    for (const auto& [c, times] : figures.lookups)
      if (blueprint_.caches[c].service == kNone) connect(from, of_cache_[c], times * rate);
  }

  double deliveries(const models::QueueSpec& queue) const {
    return models::deliveries_of(queue, traffic_.endpoint(queue.handler).failure).mean;
  }

  void add_deliveries() {
    for (std::uint32_t q = 0; q < blueprint_.queues.size(); ++q) {
      const models::QueueSpec& queue = blueprint_.queues[q];
      if (queue.handler == kNone) continue;
      connect(of_queue_[q], of_service_[blueprint_.endpoints[queue.handler].service],
              traffic_.queue_load(q, Level::mean).rate * deliveries(queue));
    }
  }

  const models::Blueprint& blueprint_;
  const models::Traffic traffic_;
  std::vector<std::uint32_t> of_service_, of_queue_, of_cache_;  // parts
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> rates_;
  reports::Topology out_;
};

}  // namespace

reports::Topology topology_of(const models::Scenario& scenario) {
  return Drawing(scenario).draw();
}

}  // namespace rehearse::experiments
