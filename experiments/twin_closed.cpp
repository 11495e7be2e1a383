#include <algorithm>

#include "experiments/twin_figures.hpp"
#include "sim/closed_form.hpp"

/// Closed loops by exact mean value analysis: one kind of users, a constant number of them, single
/// exponential servers, shared cores of up to one core, and delays of any law. What a service does
/// without contention, messages included, counts as a delay.

namespace rehearse::experiments {
namespace {

constexpr double kMostWork = 1e8;  // users times stations

class ClosedNetwork {
 public:
  ClosedNetwork(const models::Scenario& scenario, const models::Traffic& traffic)
      : blueprint_(scenario.blueprint), traffic_(traffic), at_once_(lookups_at_once(blueprint_)) {}
  bool applies();
  std::vector<Twin> twins(const TwinWriter& writer);

 private:
  enum class Kind { idle, delay, shared, server };
  struct Part {
    Kind kind = Kind::idle;
    double demand = 0;   // of one request at one instance, s
    std::size_t at = 0;  // first of its instances among the stations
  };
  bool plain_steps(std::uint32_t start) const;
  bool mixes() const;
  bool add_part(std::uint32_t service);
  bool exponential_server(std::uint32_t service) const;
  double visits(std::uint32_t endpoint) const {
    return traffic_.endpoint_rate(endpoint, models::Level::mean) /
           traffic_.workload_rate(0, models::Level::mean);
  }
  TwinFigures part_figures(std::uint32_t service) const;
  std::optional<TwinFigures> endpoint_figures(std::uint32_t endpoint) const;

  const models::Blueprint& blueprint_;
  const models::Traffic& traffic_;
  std::vector<bool> at_once_;
  int users_ = 0;
  double think_ = 0;
  double delay_ = 0;
  std::vector<Part> parts_;  // by service
  std::vector<double> demands_;
  sim::ClosedFigures figures_;
};

bool ClosedNetwork::plain_steps(std::uint32_t start) const {
  const models::Plans& plans = blueprint_.plans;
  for (const std::uint32_t pc : models::reachable_steps(plans, start)) {
    const models::Step& step = plans.steps[pc];
    if (step.kind == models::StepKind::fork || step.kind == models::StepKind::fail ||
        step.kind == models::StepKind::filter || step.kind == models::StepKind::resolve ||
        step.kind == models::StepKind::unblocked || step.kind == models::StepKind::send ||
        step.kind == models::StepKind::enqueue || step.kind == models::StepKind::defer ||
        step.kind == models::StepKind::compare)
      return false;
    if (step.kind == models::StepKind::lookup && !at_once_[step.a]) return false;
    if (step.kind != models::StepKind::call) continue;
    const models::CallSpec& call = plans.calls[step.a];
    if (call.limit() > Duration::zero() || call.retry.attempts > 1 || call.guard != models::kNone)
      return false;
  }
  return true;
}

bool ClosedNetwork::applies() {
  if (blueprint_.workloads.size() != 1) return false;
  const models::WorkloadSpec& workload = blueprint_.workloads[0];
  if (!workload.users || workload.users->changes.size() != 1) return false;
  if (workload.session || workload.limit > 0) return false;
  users_ = static_cast<int>(workload.users->most);
  if (workload.users->think != models::kNone)
    think_ = blueprint_.plans.laws[workload.users->think].law.mean();
  for (const models::Link& link : blueprint_.network.links)
    if (link.loss > 0) return false;
  for (const auto& [share, start] : workload.mix)
    if (!plain_steps(start)) return false;
  delay_ = traffic_.request(0).network;
  parts_.resize(blueprint_.services.size());
  for (std::uint32_t s = 0; s < parts_.size(); ++s)
    if (!add_part(s)) return false;
  if (!mixes()) return false;
  if (static_cast<double>(users_) * static_cast<double>(demands_.size() + 1) > kMostWork)
    return false;
  figures_ = sim::mean_value_analysis(demands_, think_ + delay_, users_);
  return figures_.throughput > 0 && figures_.response + delay_ + think_ > 0;
}

// Users whose times are all constant go round in step for ever, as they began.
bool ClosedNetwork::mixes() const {
  constexpr double kLeastScv = 0.01;
  const std::uint32_t think = blueprint_.workloads[0].users->think;
  const auto& laws = blueprint_.plans.laws;
  if (think != models::kNone && laws[think].law.scv() >= kLeastScv) return true;
  for (const auto& [number, use] : traffic_.request(0).laws)
    if (use.times > 0.01 && laws[number].law.scv() >= kLeastScv) return true;
  return false;
}

bool ClosedNetwork::add_part(std::uint32_t s) {
  const models::ServiceSpec& service = blueprint_.services[s];
  Part& part = parts_[s];
  double cpu = 0;
  double held = 0;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    if (visits(e) <= 0) continue;
    if (!plain_steps(blueprint_.endpoints[e].start)) return false;
    part.kind = Kind::delay;
    cpu += visits(e) * traffic_.endpoint(e).cpu;
    held += visits(e) * traffic_.endpoint(e).wait;
    delay_ += visits(e) * traffic_.endpoint(e).network;
  }
  if (part.kind == Kind::idle) return true;
  if (!service.steady() || service.uneven()) return false;
  const auto instances = static_cast<double>(service.placement.size());
  if (service.slots != models::kUnlimited) {
    if (!exponential_server(s)) return false;
    part.kind = Kind::server;
    part.demand = held / instances;
  } else {
    delay_ += held;
    if (cpu <= 0) return true;
    if (service.millicores > 1000 || service.cpu_period > Duration::zero() ||
        !splits_at_random(service))
      return false;
    part.kind = Kind::shared;
    part.demand = cpu / (service.millicores * 1e-3) / instances;
  }
  part.at = demands_.size();
  if (instances > 1e5) return false;
  demands_.insert(demands_.end(), service.placement.size(), part.demand);
  return true;
}

bool ClosedNetwork::exponential_server(std::uint32_t s) const {
  const models::ServiceSpec& service = blueprint_.services[s];
  // Never full where there is room for all users.
  const bool room = service.queue_limit == models::kUnlimited ||
                    service.queue_limit + 1.0 >= static_cast<double>(users_);
  if (service.slots != 1 || service.millicores > 0 || service.limits_waits() || !room ||
      !splits_at_random(service))
    return false;
  const sim::Distribution* first = nullptr;
  int priority = -1;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    if (visits(e) <= 0) continue;
    const SingleStep step = single_step(blueprint_.plans, blueprint_.endpoints[e].start);
    const sim::Distribution& law = blueprint_.plans.laws[step.law].law;
    if (!step.single || step.shared || law.kind() != sim::Distribution::Kind::exponential)
      return false;
    if (first != nullptr &&
        (law.mean() != first->mean() || blueprint_.endpoints[e].priority != priority))
      return false;
    first = &law;
    priority = blueprint_.endpoints[e].priority;
  }
  return true;
}

TwinFigures ClosedNetwork::part_figures(std::uint32_t s) const {
  const models::ServiceSpec& service = blueprint_.services[s];
  const Part& part = parts_[s];
  const auto instances = static_cast<double>(service.placement.size());
  TwinFigures figures;
  figures.model = "closed network (MVA)";
  bool single = true;
  double mean = 0;
  for (std::uint32_t i = 0; i < service.endpoint_count; ++i) {
    const std::uint32_t e = service.first_endpoint + i;
    if (visits(e) <= 0) continue;
    const double rate = figures_.throughput * visits(e);
    figures.rate += rate;
    mean += rate * (traffic_.endpoint(e).wait + traffic_.endpoint(e).cpu);
    single = single && single_step(blueprint_.plans, blueprint_.endpoints[e].start).single;
  }
  figures.error_ratio = 0;
  figures.wait = 0;
  if (part.kind != Kind::delay) figures.utilization = figures_.throughput * part.demand;
  if (!single) return figures;
  figures.in_system = part.kind == Kind::delay ? mean : instances * figures_.in_system[part.at];
  figures.response = *figures.in_system / figures.rate;
  figures.in_queue = 0;
  if (part.kind == Kind::server) {
    figures.in_queue = *figures.in_system - instances * *figures.utilization;
    figures.wait = *figures.in_queue / figures.rate;
  }
  return figures;
}

// Equal servers make all requests wait alike; sharing stretches them in proportion.
std::optional<TwinFigures> ClosedNetwork::endpoint_figures(std::uint32_t e) const {
  const models::EndpointSpec& endpoint = blueprint_.endpoints[e];
  TwinFigures figures = part_figures(endpoint.service);
  if (!figures.response) return std::nullopt;
  const double all = figures.rate;
  figures.rate = figures_.throughput * visits(e);
  const models::PlanFigures& plan = traffic_.endpoint(e);
  if (parts_[endpoint.service].kind == Kind::shared) {
    const double demand = traffic_.load(endpoint.service, models::Level::mean).busy_cores /
                          traffic_.load(endpoint.service, models::Level::mean).rate;
    figures.response = *figures.response * plan.cpu / demand;
  } else if (parts_[endpoint.service].kind == Kind::delay) {
    figures.response = plan.wait;
  }
  figures.in_system = figures.rate * *figures.response;
  figures.in_queue = *figures.in_queue * figures.rate / all;
  figures.utilization.reset();
  return figures;
}

std::vector<Twin> ClosedNetwork::twins(const TwinWriter& writer) {
  std::vector<Twin> twins;
  TwinFigures users;
  users.model = "closed network (MVA)";
  users.rate = figures_.throughput;
  users.response = figures_.response + delay_;
  users.in_system = users.rate * *users.response;
  users.error_ratio = 0;
  twins.push_back(writer.write(blueprint_.workloads[0].name, "workload", users));
  for (std::uint32_t s = 0; s < parts_.size(); ++s) {
    if (parts_[s].kind == Kind::idle) continue;
    const models::ServiceSpec& service = blueprint_.services[s];
    twins.push_back(writer.write(service.name, station_kind(service), part_figures(s)));
  }
  for (std::uint32_t e = 0; e < blueprint_.endpoints.size(); ++e) {
    if (visits(e) <= 0 || !has_own_name(blueprint_, e)) continue;
    if (const auto figures = endpoint_figures(e))
      twins.push_back(writer.write(blueprint_.endpoints[e].name, "endpoint", *figures));
  }
  return twins;
}

}  // namespace

std::vector<Twin> closed_network_twins(const models::Scenario& scenario,
                                       const models::Traffic& traffic, const TwinWriter& writer) {
  ClosedNetwork network(scenario, traffic);
  if (!network.applies()) return {};
  return network.twins(writer);
}

}  // namespace rehearse::experiments
