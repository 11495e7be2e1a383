#include "experiments/twins.hpp"

#include <algorithm>

#include "experiments/twin_figures.hpp"

namespace rehearse::experiments {
namespace {

// Evenly spaced arrivals make rates so exact that the edges of the run show in them.
constexpr double kLeastScv = 0.01;
constexpr double kMostPairs = 1e6;           // services x endpoints
constexpr double kHistogramBin = 1 / 128.0;  // relative width (sim::Histogram)

bool is_station_step(const models::Blueprint& blueprint, const models::EndpointSpec& endpoint) {
  const SingleStep step = single_step(blueprint.plans, endpoint.start);
  return step.single && !step.shared;
}

bool never_fails_to_answer(const models::Scenario& scenario, std::uint32_t start) {
  const models::Plans& plans = scenario.blueprint.plans;
  const std::vector<bool> at_once = lookups_at_once(scenario.blueprint);
  for (const std::uint32_t pc : models::reachable_steps(plans, start)) {
    const models::Step& step = plans.steps[pc];
    if (step.kind == models::StepKind::lookup && !at_once[step.a]) return false;
    if (step.kind == models::StepKind::filter || step.kind == models::StepKind::resolve ||
        step.kind == models::StepKind::defer || step.kind == models::StepKind::compare)
      return false;
    if (step.kind == models::StepKind::call && plans.calls[step.a].limit() > Duration::zero())
      return false;
  }
  return true;
}

// Whether the mean time of messages, or which instance is asked how often, depends on more than
// the number of instances in each zone.
bool spreads_unevenly(const models::ServiceSpec& service) {
  return !service.balancer.even() && service.placement.size() > 1;
}

bool stands_in_one_zone(const models::ServiceSpec& service) {
  return std::all_of(service.placement.begin(), service.placement.end(),
                     [&](std::uint32_t zone) { return zone == service.placement.front(); });
}

// A service that holds a slot while it calls others may be full long before its own work says so.
bool has_room(const models::Scenario& scenario, const models::Traffic& traffic, std::uint32_t s) {
  const models::ServiceSpec& service = scenario.blueprint.services[s];
  if (!service.steady() || service.holds || service.slowdown_worst != 1) return false;
  if (traffic.load(s, models::Level::mean).saturation() >= 1) return false;
  if (service.slots == models::kUnlimited && service.millicores == 0) return true;
  if (spreads_unevenly(service)) return false;  // one instance may be full before all are
  if (service.slots == models::kUnlimited) return true;
  if (service.queue_limit != models::kUnlimited || service.limits_waits() || service.millicores > 0)
    return false;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    if (traffic.endpoint_rate(e, models::Level::mean) > 0 &&
        !is_station_step(scenario.blueprint, scenario.blueprint.endpoints[e]))
      return false;
  }
  return true;
}

}  // namespace

bool rates_are_exact(const models::Scenario& scenario, const models::Traffic& traffic) {
  const models::Blueprint& blueprint = scenario.blueprint;
  // Messages may be dropped, expire, or pile up where consumers are too few.
  if (!blueprint.queues.empty()) return false;
  for (const models::Link& link : blueprint.network.links)
    if (link.loss > 0) return false;
  for (const models::WorkloadSpec& workload : blueprint.workloads) {
    if (!workload.arrivals || workload.session || workload.limit > 0) return false;
    const models::ArrivalSpec& arrivals = *workload.arrivals;
    const bool poisson = arrivals.kind == models::ArrivalSpec::Kind::poisson;
    const bool renewal = arrivals.kind == models::ArrivalSpec::Kind::renewal &&
                         blueprint.plans.laws[arrivals.law].law.scv() >= kLeastScv;
    if (!poisson && !renewal) return false;
    for (const auto& [share, start] : workload.mix)
      if (!never_fails_to_answer(scenario, start)) return false;
  }
  for (std::uint32_t e = 0; e < blueprint.endpoints.size(); ++e) {
    if (traffic.endpoint_rate(e, models::Level::mean) > 0 &&
        !never_fails_to_answer(scenario, blueprint.endpoints[e].start))
      return false;
  }
  for (std::uint32_t s = 0; s < blueprint.services.size(); ++s)
    if (!has_room(scenario, traffic, s)) return false;
  return true;
}

TwinFigures forced_flow(const models::Scenario& scenario, const models::Traffic& traffic,
                        std::uint32_t service) {
  const models::ServiceLoad load = traffic.load(service, models::Level::mean);
  const models::ServiceSpec& spec = scenario.blueprint.services[service];
  TwinFigures figures;
  figures.model = "traffic equations";
  figures.rate = load.rate;
  if (spec.millicores > 0 || spec.slots != models::kUnlimited)
    figures.utilization = load.utilization();
  return figures;
}

TwinWriter::TwinWriter(const models::Scenario& scenario)
    : drain_(scenario.experiment.drain), quantiles_{0.5, 0.9, 0.95, 0.99, 0.999} {
  for (const spec::Objective& objective : scenario.objectives) {
    if (objective.metric == spec::Metric::response_quantile ||
        objective.metric == spec::Metric::wait_quantile)
      quantiles_.insert(objective.quantile);
  }
}

Twin TwinWriter::write(std::string subject, std::string kind, const TwinFigures& figures) const {
  Twin twin{std::move(subject), std::move(kind), figures.model, {}, 0};
  const auto add = [&](const std::string& name, std::optional<double> value) {
    if (value) twin.values.emplace_back(name, *value);
  };
  if (!drain_) {
    add("arrival_rate", figures.rate);
    add("throughput", figures.rate);  // what is turned away counts as answered
    if (figures.error_ratio) add("goodput", figures.rate * (1 - *figures.error_ratio));
    add("utilization", figures.utilization);
    add("in_system", figures.in_system);
    add("queue_length", figures.in_queue);
  }
  add("mean_wait", figures.wait);
  add("mean_response", figures.response);
  add("error_ratio", figures.error_ratio);
  if (figures.error_ratio) add("availability", 1 - *figures.error_ratio);
  for (const double q : quantiles_) {
    if (figures.response_quantile)
      add(spec::metric_name(spec::Metric::response_quantile, q), figures.response_quantile(q));
    if (figures.wait_quantile)
      add(spec::metric_name(spec::Metric::wait_quantile, q), figures.wait_quantile(q));
  }
  return twin;
}

std::string station_kind(const models::ServiceSpec& service) {
  switch (service.kind) {
    case models::ServiceKind::cache:
      return "cache";
    case models::ServiceKind::database:
      return "database";
    case models::ServiceKind::broker:
      return "broker";
    case models::ServiceKind::shard:
      return "shard";
    case models::ServiceKind::service:
      return "service";
  }
  return "service";
}

bool has_own_name(const models::Blueprint& blueprint, std::uint32_t endpoint) {
  const models::EndpointSpec& spec = blueprint.endpoints[endpoint];
  return spec.name != blueprint.services[spec.service].name;
}

std::vector<Twin> closed_form_twins(const models::Scenario& scenario) {
  const models::Blueprint& blueprint = scenario.blueprint;
  // Faults and policies end the steady state that every closed form speaks of; probes are requests
  // that no Poisson process makes.
  if (!blueprint.faults.empty() || !blueprint.policies.empty()) return {};
  for (const models::ServiceSpec& service : blueprint.services)
    if (!service.probes.empty() || service.connections.round_trips > 0 ||
        (spreads_unevenly(service) && !stands_in_one_zone(service)))
      return {};
  for (const models::Link& link : blueprint.network.links)
    if (link.bandwidth > 0) return {};  // queues on lines
  if (static_cast<double>(blueprint.services.size()) *
          static_cast<double>(blueprint.endpoints.size()) >
      kMostPairs)
    return {};
  const models::Traffic traffic(scenario);
  const FlowTheory flow(scenario, traffic);
  const TwinWriter writer(scenario);
  std::vector<Twin> twins = closed_network_twins(scenario, traffic, writer);
  if (twins.empty()) {
    const OpenTheory open = open_theory(scenario, traffic, flow);
    const bool exact = rates_are_exact(scenario, traffic);
    for (std::uint32_t w = 0; w < blueprint.workloads.size(); ++w) {
      if (open.workloads[w])
        twins.push_back(writer.write(blueprint.workloads[w].name, "workload", *open.workloads[w]));
    }
    for (std::uint32_t s = 0; s < blueprint.services.size(); ++s) {
      const std::string kind = station_kind(blueprint.services[s]);
      if (open.services[s]) {
        twins.push_back(writer.write(blueprint.services[s].name, kind, *open.services[s]));
      } else if (exact && traffic.load(s, models::Level::mean).rate > 0) {
        twins.push_back(
            writer.write(blueprint.services[s].name, kind, forced_flow(scenario, traffic, s)));
      }
    }
    for (std::uint32_t e = 0; e < blueprint.endpoints.size(); ++e) {
      if (open.endpoints[e] && has_own_name(blueprint, e))
        twins.push_back(writer.write(blueprint.endpoints[e].name, "endpoint", *open.endpoints[e]));
    }
  }
  for (Twin& twin : cache_twins(scenario, traffic, flow)) twins.push_back(std::move(twin));
  return twins;
}

double tolerance_of(const Twin& twin, const std::string& metric) {
  const bool quantile =
      metric.size() > 1 && metric[0] == 'p' && metric[1] >= '0' && metric[1] <= '9';
  return quantile ? std::max(twin.tolerance, kHistogramBin) : twin.tolerance;
}

}  // namespace rehearse::experiments
