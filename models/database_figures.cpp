#include "models/database_figures.hpp"

#include <algorithm>

#include "models/trip_figures.hpp"

namespace rehearse::models {
namespace {

double mean_of(const Blueprint& blueprint, std::uint32_t law) {
  return law == kNone ? 0 : blueprint.plans.laws[law].law.mean();
}

}  // namespace

double primary_share(const Blueprint& blueprint, std::uint32_t e) {
  const EndpointSpec& endpoint = blueprint.endpoints[e];
  const ServiceSpec& service = blueprint.services[endpoint.service];
  if (endpoint.access != Access::read) return 1;
  switch (blueprint.replications[service.replication].reads) {
    case ReplicaReads::primary:
      return 1;
    case ReplicaReads::replica:
      return 0;
    case ReplicaReads::any:
      return 1 / static_cast<double>(service.placement.size());
  }
  return 1;
}

double mean_commit(const Blueprint& blueprint, std::uint32_t number) {
  const ReplicationSpec& replication = blueprint.replications[number];
  if (replication.commit == Commit::off) return 0;
  const double flush = mean_of(blueprint, replication.flush);
  if (replication.commit == Commit::local || replication.synchronous == 0) return flush;
  const std::vector<std::uint32_t>& zones = blueprint.services[replication.service].placement;
  std::vector<double> confirmations;
  for (std::size_t i = 1; i < zones.size(); ++i) {
    double time = mean_latency(blueprint, {{zones[0], 1.0}}, {{zones[i], 1.0}}) +
                  mean_latency(blueprint, {{zones[i], 1.0}}, {{zones[0], 1.0}}) +
                  mean_of(blueprint, replication.lag);
    if (replication.commit == Commit::on) time += flush;
    if (replication.commit == Commit::remote_apply) time += mean_of(blueprint, replication.replay);
    confirmations.push_back(time);
  }
  const auto last = confirmations.begin() + (replication.synchronous - 1);
  std::nth_element(confirmations.begin(), last, confirmations.end());
  return flush + *last;
}

double write_rate(const Traffic& traffic, std::uint32_t number, Level level, Loops loops) {
  const Blueprint& blueprint = traffic.scenario().blueprint;
  const ServiceSpec& service = blueprint.services[blueprint.replications[number].service];
  double rate = 0;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    if (blueprint.endpoints[e].access == Access::write)
      rate += traffic.endpoint_rate(e, level, loops) * (1 - traffic.endpoint(e).failure);
  }
  return rate;
}

double replay_load(const Traffic& traffic, std::uint32_t number, Level level, Loops loops) {
  const Blueprint& blueprint = traffic.scenario().blueprint;
  return write_rate(traffic, number, level, loops) *
         mean_of(blueprint, blueprint.replications[number].replay);
}

}  // namespace rehearse::models
