#include "models/trip_figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/backends.hpp"

namespace rehearse::models {
namespace {

constexpr double kNegligibleLoss = 1e-9;

const Link* link_between(const Blueprint& blueprint, std::uint32_t from, std::uint32_t to) {
  const std::uint32_t number = blueprint.network.link(from, to);
  return number == kNone ? nullptr : &blueprint.network.links[number];
}

// Latency and transmission, of all hops.
double mean_crossing(const Blueprint& blueprint, const Link& link, double bytes) {
  double time = link.law == kNone ? 0 : blueprint.plans.laws[link.law].law.mean();
  if (link.bandwidth > 0) time += bytes / link.bandwidth;
  if (link.way == kNone) return time;
  const std::vector<std::uint32_t>& zones = blueprint.network.ways[link.way];
  for (std::size_t i = 0; i + 1 < zones.size(); ++i)
    if (const Link* hop = link_between(blueprint, zones[i], zones[i + 1]))
      time += mean_crossing(blueprint, *hop, bytes);
  return time;
}

// With p the chance of a loss, the n-th of the waits comes with p^n.
double mean_recovery(const Link& link) {
  if (link.rto <= Duration::zero() || link.loss <= 0) return 0;
  double mean = 0;
  double chance = 1;
  for (std::uint32_t n = 1; n <= kMostResends; ++n) {
    chance *= link.loss;
    mean += chance * resend_after(link.rto, n).to_seconds();
  }
  return mean;
}

double loss_for_good(const Link& link) {
  if (link.rto <= Duration::zero()) return link.loss;
  const double loss = std::pow(link.loss, kMostResends + 1);
  return loss < kNegligibleLoss ? 0 : loss;
}

}  // namespace

double mean_latency(const Blueprint& blueprint, const Places& from, const Places& to,
                    double bytes) {
  double mean = 0;
  for (const auto& [a, share_a] : from) {
    for (const auto& [b, share_b] : to) {
      const Link* link = link_between(blueprint, a, b);
      if (link == nullptr) continue;
      mean += share_a * share_b * (mean_crossing(blueprint, *link, bytes) + mean_recovery(*link));
    }
  }
  return mean;
}

double mean_body(const Blueprint& blueprint, const WorkloadSpec& workload) {
  return workload.body == kNone ? 0 : blueprint.plans.laws[workload.body].law.mean();
}

double mean_request(const Blueprint& blueprint, std::uint32_t endpoint, double body) {
  const std::uint32_t law = blueprint.endpoints[endpoint].request;
  return law == kNone ? body : blueprint.plans.laws[law].law.mean();
}

double mean_response(const Blueprint& blueprint, std::uint32_t endpoint) {
  const std::uint32_t law = blueprint.endpoints[endpoint].response;
  return law == kNone ? 0 : blueprint.plans.laws[law].law.mean();
}

Places places_asked(const PlanContext& context, std::uint32_t service, std::uint32_t from) {
  const Places& all = context.places[service];
  const Locality prefer = context.blueprint.services[service].balancer.prefer;
  std::size_t nearest = std::numeric_limits<std::size_t>::max();
  for (const auto& [zone, share] : all)
    nearest = std::min(nearest, level_of(context.blueprint.network, prefer, from, zone));
  Places asked;
  double sum = 0;
  for (const auto& [zone, share] : all) {
    if (level_of(context.blueprint.network, prefer, from, zone) != nearest) continue;
    asked[zone] = share;
    sum += share;
  }
  for (auto& [zone, share] : asked) share /= sum;
  return asked;
}

double mean_trip(const PlanContext& context, const Places& from, std::uint32_t endpoint,
                 double body) {
  const Blueprint& blueprint = context.blueprint;
  const std::uint32_t service = blueprint.endpoints[endpoint].service;
  const auto there_and_back = [&](const Places& here, const Places& there) {
    return mean_latency(blueprint, here, there, mean_request(blueprint, endpoint, body)) +
           mean_latency(blueprint, there, here, mean_response(blueprint, endpoint));
  };
  if (blueprint.services[service].balancer.prefer == Locality::none)
    return there_and_back(from, context.places_of(endpoint));
  double mean = 0;
  for (const auto& [zone, share] : from)
    mean += share * there_and_back({{zone, 1.0}}, places_asked(context, service, zone));
  return mean;
}

double worst_loss(const Blueprint& blueprint, const Places& from, const Places& to) {
  double worst = 0;
  for (const auto& [a, share_a] : from) {
    for (const auto& [b, share_b] : to) {
      if (const Link* link = link_between(blueprint, a, b))
        worst = std::max(worst, loss_for_good(*link));
    }
  }
  return worst;
}

}  // namespace rehearse::models
