#include "experiments/analyze.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/diagnostics.hpp"
#include "base/quantity.hpp"
#include "experiments/twin_figures.hpp"
#include "models/availability.hpp"
#include "models/capacity.hpp"
#include "models/critical_path.hpp"
#include "models/lints.hpp"

namespace rehearse::experiments {
namespace {

using models::Level;
using models::Loops;
using models::PartKind;

constexpr double kMostImpacts = 1e6;  // parts x endpoints

const char* kind_name(PartKind kind) {
  constexpr const char* kNames[] = {"service", "database", "broker", "cache", "zone"};
  return kNames[static_cast<std::size_t>(kind)];
}

// With as many instances as there are in the beginning: places are for the most that a policy may
// ask for, and would make everything that is scaled look idle.
models::Scenario as_it_begins(models::Scenario scenario) {
  for (models::ServiceSpec& service : scenario.blueprint.services) {
    const std::size_t begun = std::max<std::size_t>(1, service.initial);
    if (!service.elastic() || begun >= service.placement.size()) continue;
    service.placement.resize(begun);
    if (service.nodes.size() > begun) service.nodes.resize(begun);
    if (service.balancer.weights.size() > begun) service.balancer.weights.resize(begun);
  }
  return scenario;
}

class Analyst {
 public:
  /// `scenario`: as it begins; `whole`: with all that policies may add, which is what says whether
  /// something is asked for more than it has.
  Analyst(const models::Scenario& scenario, const models::Scenario& whole,
          const AnalyzeOptions& options)
      : scenario_(scenario),
        whole_(whole),
        blueprint_(scenario.blueprint),
        options_(options),
        usual_(scenario),
        retried_(usual_, {.all_attempts = true}),
        cold_(usual_, {.cold_caches = true}),
        most_(whole),
        capacity_(usual_) {}

  reports::Analysis analyze();

 private:
  reports::StationAnalysis station(std::uint32_t service) const;
  reports::StationAnalysis consumers(std::uint32_t queue) const;
  reports::ClientAnalysis client(std::uint32_t workload, int depth) const;
  void add_paths(std::uint32_t workload);
  void add_impacts();
  void add_availability();
  void add_calls();
  const std::string& endpoint_name(std::uint32_t e) const { return blueprint_.endpoints[e].name; }

  const models::Scenario& scenario_;
  const models::Scenario& whole_;
  const models::Blueprint& blueprint_;
  const AnalyzeOptions& options_;
  const models::Traffic usual_, retried_, cold_, most_;
  const models::Capacity capacity_;
  reports::Analysis result_;
};

reports::StationAnalysis Analyst::station(std::uint32_t s) const {
  const models::ServiceSpec& service = blueprint_.services[s];
  const models::ServiceLoad mean = usual_.load(s, Level::mean);
  const models::ServiceLoad peak = usual_.load(s, Level::peak);
  const models::Resource scarce = models::scarcest(usual_, s, mean);
  reports::StationAnalysis found;
  found.name = service.name;
  found.kind = station_kind(service);
  found.resource = scarce.name;
  found.capacity = scarce.capacity;
  found.at_most = scarce.at_most;
  found.offered_load = scarce.capacity > 0 ? scarce.busy : mean.busy_slots;
  found.rate_mean = mean.rate;
  found.rate_peak = peak.rate;
  if (scarce.capacity > 0) {
    found.utilization_mean = mean.utilization();
    found.utilization_peak = peak.utilization();
  }
  found.saturation_mean = mean.saturation();
  found.saturation_peak = peak.saturation();
  found.open_saturation_mean = most_.load(s, Level::mean, Loops::open).saturation();
  found.open_saturation_peak = most_.load(s, Level::peak, Loops::open).saturation();
  found.growth = capacity_.growth(s);
  found.saturation_retried = retried_.load(s, Level::peak).saturation();
  found.saturation_cold = cold_.load(s, Level::peak).saturation();
  if (const models::HeldZone largest = models::largest_zone(service);
      largest.zone != models::kNone && scarce.capacity > 0) {
    found.saturation_zone_lost = models::without_zone(service, largest, peak).saturation();
    found.worst_zone = blueprint_.network.zones[largest.zone].name;
  }
  return found;
}

reports::StationAnalysis Analyst::consumers(std::uint32_t q) const {
  const auto station = static_cast<std::uint32_t>(blueprint_.services.size()) + q;
  const models::QueueLoad mean = usual_.queue_load(q, Level::mean);
  reports::StationAnalysis found;
  found.name = blueprint_.queues[q].name;
  found.kind = "queue";
  if (mean.consumers > 0) found.resource = "consumers";
  found.capacity = mean.consumers;
  found.at_most = mean.consumers > 0;  // they wait for their handlers
  found.offered_load = mean.busy;
  found.rate_mean = mean.rate;
  found.rate_peak = usual_.queue_load(q, Level::peak).rate;
  found.saturation_mean = mean.saturation();
  found.saturation_peak = models::saturation_of(usual_, station, Level::peak);
  if (mean.consumers > 0) {
    found.utilization_mean = found.saturation_mean;
    found.utilization_peak = found.saturation_peak;
  }
  found.open_saturation_mean = models::saturation_of(usual_, station, Level::mean, Loops::open);
  found.open_saturation_peak = models::saturation_of(usual_, station, Level::peak, Loops::open);
  found.growth = capacity_.growth(station);
  found.saturation_retried = models::saturation_of(retried_, station, Level::peak);
  found.saturation_cold = models::saturation_of(cold_, station, Level::peak);
  return found;
}

reports::ClientAnalysis Analyst::client(std::uint32_t w, int depth) const {
  const models::WorkloadSpec& workload = blueprint_.workloads[w];
  reports::ClientAnalysis found;
  found.name = workload.name;
  found.closed = usual_.closed(w);
  found.rate_mean = usual_.workload_rate(w, Level::mean);
  found.rate_peak = usual_.workload_rate(w, Level::peak);
  if (workload.users)
    found.users_peak = models::peak_users(*workload.users, scenario_.experiment.horizon);
  const models::Growth growth = capacity_.alone(w);
  found.growth = growth.factor;
  if (growth.station != models::kNone)
    found.bottleneck = models::station_name(blueprint_, growth.station);
  found.rate_full = found.rate_peak * growth.factor;
  found.failure = usual_.request(w).failure;
  found.depth = depth;
  return found;
}

void Analyst::add_paths(std::uint32_t w) {
  const models::WorkloadSpec& workload = blueprint_.workloads[w];
  double before = 0;
  for (const auto& [upto, start] : workload.mix) {
    const models::PlanFigures request = models::client_figures(usual_.plans(), start, workload);
    const models::CriticalPath path = models::critical_path(usual_.plans(), request);
    reports::PathAnalysis found;
    found.client = workload.name;
    found.endpoint =
        endpoint_name(blueprint_.plans.calls[blueprint_.plans.steps[start].a].endpoint);
    found.share = std::min(1.0, upto - before);
    before = upto;
    found.duration = path.duration;
    found.network = path.network;
    for (const models::CriticalHop& hop : path.hops)
      found.hops.push_back({endpoint_name(hop.endpoint), hop.depth, hop.time,
                            path.duration > 0 ? std::min(1.0, hop.time / path.duration) : 0});
    result_.paths.push_back(std::move(found));
  }
}

void Analyst::add_impacts() {
  for (const models::Part& part : models::parts_of(usual_)) {
    const models::Impact impact = models::impact_of(usual_, part);
    reports::ImpactAnalysis found;
    found.name = part.name;
    found.kind = kind_name(part.kind);
    found.clients = impact.clients;
    for (std::uint32_t w = 0; w < blueprint_.workloads.size(); ++w)
      found.workloads.emplace_back(blueprint_.workloads[w].name, impact.workloads[w]);
    for (const auto& [e, share] : impact.endpoints)
      found.endpoints.emplace_back(endpoint_name(e), share);
    for (const models::Overload& overload : impact.overloads)
      found.overloads.emplace_back(blueprint_.services[overload.service].name, overload.saturation);
    result_.impacts.push_back(std::move(found));
  }
}

void Analyst::add_availability() {
  std::vector<models::PartAvailability> given;
  std::vector<std::size_t> place;  // of each among the impacts, which are the parts in order
  const std::vector<models::Part> parts = models::parts_of(usual_);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const auto& [name, availability] : options_.availabilities) {
      if (name != parts[i].name) continue;
      given.push_back({parts[i], availability});
      place.push_back(i);
    }
  }
  const models::ComposedAvailability composed = models::compose_availability(usual_, given);
  const auto add = [&](const std::string& name, const char* kind, models::Bounds bounds) {
    result_.availabilities.push_back({name, kind, bounds.low, bounds.high});
  };
  if (blueprint_.workloads.size() > 1) add("all clients", "clients", composed.clients);
  for (std::uint32_t w = 0; w < blueprint_.workloads.size(); ++w)
    add(blueprint_.workloads[w].name, "workload", composed.workloads[w]);
  for (std::uint32_t e = 0; e < blueprint_.endpoints.size(); ++e) {
    if (usual_.endpoint_rate(e, Level::mean) > 0)
      add(endpoint_name(e), "endpoint", composed.endpoints[e]);
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    result_.impacts[place[i]].availability = given[i].availability;
    result_.impacts[place[i]].gain = composed.gains[i];
  }
}

void Analyst::add_calls() {
  for (const models::CallEdge& edge : models::call_edges(usual_)) {
    if (edge.rate <= 0) continue;
    result_.calls.push_back(
        {edge.client ? blueprint_.workloads[edge.caller].name : endpoint_name(edge.caller),
         endpoint_name(edge.callee), edge.per_request, edge.rate});
  }
}

reports::Analysis Analyst::analyze() {
  result_.scenario_name = scenario_.name;
  result_.stationary = scenario_.stationary;
  for (const auto kind :
       {models::ServiceKind::service, models::ServiceKind::database, models::ServiceKind::broker,
        models::ServiceKind::cache, models::ServiceKind::shard}) {
    for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s)
      if (blueprint_.services[s].kind == kind && usual_.load(s, Level::peak).rate > 0)
        result_.stations.push_back(station(s));
  }
  for (std::uint32_t q = 0; q < blueprint_.queues.size(); ++q)
    if (usual_.queue_load(q, Level::peak).rate > 0) result_.stations.push_back(consumers(q));
  const models::Growth growth = capacity_.growth();
  result_.growth = growth.factor;
  if (growth.station != models::kNone)
    result_.bottleneck = models::station_name(blueprint_, growth.station);
  const std::vector<int> depths = models::call_depths(usual_);
  for (std::uint32_t w = 0; w < blueprint_.workloads.size(); ++w) {
    result_.clients.push_back(client(w, depths[w]));
    add_paths(w);
  }
  for (std::uint32_t c = 0; c < blueprint_.caches.size(); ++c) {
    const double rate = usual_.lookup_rate(c);
    if (rate > 0)
      result_.caches.push_back(
          {blueprint_.caches[c].name, rate, usual_.hit_ratio(c), rate * (1 - usual_.hit_ratio(c))});
  }
  if (static_cast<double>(models::parts_of(usual_).size()) *
          static_cast<double>(blueprint_.endpoints.size()) <=
      kMostImpacts) {
    add_impacts();
    if (!options_.availabilities.empty()) add_availability();
  }
  add_calls();
  for (models::Lint& lint : models::lint(whole_))
    result_.lints.push_back({std::move(lint.id), std::move(lint.subject), std::move(lint.message),
                             std::move(lint.help)});
  return std::move(result_);
}

}  // namespace

std::vector<std::string> part_names(const models::Scenario& scenario) {
  std::vector<std::string> names;
  const models::Scenario begun = as_it_begins(scenario);
  for (const models::Part& part : models::parts_of(models::Traffic(begun)))
    names.push_back(part.name);
  return names;
}

bool add_availability(const std::string& text, const std::vector<std::string>& names,
                      AnalyzeOptions& options, std::string& problem) {
  const auto refuse = [&](std::string why) {
    problem = fmt::format("--availability {}: {}", text, why);
    return false;
  };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    return refuse("write the name of a part and how often it is up: orders=99.9%");
  const std::string name = text.substr(0, equals);
  const Parsed<double> ratio = parse_ratio(text.substr(equals + 1));
  if (!ratio.value) return refuse(ratio.problem + (ratio.help.empty() ? "" : "; " + ratio.help));
  if (*ratio.value > 1) return refuse("an availability is at most 100%");
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    const std::string_view near =
        closest(name, std::vector<std::string_view>(names.begin(), names.end()));
    return refuse(near.empty() ? fmt::format("no part that is asked is called '{}'; there are: {}",
                                             name, fmt::join(names, ", "))
                               : fmt::format("no part that is asked is called '{}'; did you mean "
                                             "'{}'?",
                                             name, near));
  }
  for (const auto& [known, availability] : options.availabilities)
    if (known == name) return refuse(fmt::format("'{}' was given before", name));
  options.availabilities.emplace_back(name, *ratio.value);
  return true;
}

reports::Analysis analyze(const models::Scenario& scenario, const AnalyzeOptions& options) {
  const models::Scenario begun = as_it_begins(scenario);
  return Analyst(begun, scenario, options).analyze();
}

}  // namespace rehearse::experiments
