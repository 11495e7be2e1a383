#include <algorithm>
#include <cmath>

#include "experiments/twin_figures.hpp"
#include "sim/closed_form.hpp"

/// Open loops: stations first, then what calls them, then clients. Means of a service that calls
/// others are sums: of its own steps, of messages, and of the responses of its callees.

namespace rehearse::experiments {
namespace {

class OpenNetwork {
 public:
  OpenNetwork(const models::Scenario& scenario, const models::Traffic& traffic,
              const FlowTheory& flow, OpenTheory& result)
      : blueprint_(scenario.blueprint),
        scenario_(scenario),
        traffic_(traffic),
        flow_(flow),
        result_(result) {}
  void solve();

 private:
  void add_servers(std::uint32_t service);
  void add_plan(std::uint32_t endpoint);
  void add_service(std::uint32_t service);
  std::optional<TwinFigures> workload_figures(std::uint32_t workload) const;
  std::optional<double> plan_response(std::uint32_t endpoint) const;
  std::optional<double> fork_join(std::uint32_t endpoint) const;
  bool timeless_lookups(std::uint32_t start) const;
  double stretch(std::uint32_t service) const;

  const models::Blueprint& blueprint_;
  const models::Scenario& scenario_;
  const models::Traffic& traffic_;
  const FlowTheory& flow_;
  OpenTheory& result_;
};

void OpenNetwork::solve() {
  result_.services.resize(blueprint_.services.size());
  result_.endpoints.resize(blueprint_.endpoints.size());
  result_.workloads.resize(blueprint_.workloads.size());
  for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s) add_servers(s);
  for (const std::uint32_t e : traffic_.plans().callees_first) add_plan(e);
  for (std::uint32_t s = 0; s < blueprint_.services.size(); ++s) add_service(s);
  for (std::uint32_t w = 0; w < blueprint_.workloads.size(); ++w)
    result_.workloads[w] = workload_figures(w);
}

void OpenNetwork::add_servers(std::uint32_t s) {
  const Station& station = flow_.station(s);
  if (station.kind != StationKind::servers || !station.untouched) return;
  std::optional<StationFigures> figures = server_figures(scenario_, traffic_, s, station);
  if (!figures) return;
  result_.services[s] = std::move(figures->station);
  for (std::size_t i = 0; i < station.endpoints.size(); ++i)
    result_.endpoints[station.endpoints[i]] = std::move(figures->endpoints[i]);
}

// Time on shared cores per second of demand. Insensitive to the law of the demand, and the same
// for small and large demands: c cores behave as M/M/c would, on average (J. W. Cohen 1979).
double OpenNetwork::stretch(std::uint32_t s) const {
  const models::ServiceSpec& service = blueprint_.services[s];
  const double cores = service.millicores * 1e-3;
  const double load = traffic_.load(s, models::Level::mean).busy_cores /
                      static_cast<double>(service.placement.size());
  if (cores <= 1) return sim::mg_1_ps(load / cores, 1).mean_response / cores;
  return sim::mm_c(load, 1, static_cast<int>(std::lround(cores))).mean_response;
}

bool OpenNetwork::timeless_lookups(std::uint32_t start) const {
  const models::Plans& plans = blueprint_.plans;
  for (const std::uint32_t pc : models::reachable_steps(plans, start)) {
    const models::Step& step = plans.steps[pc];
    if (step.kind == models::StepKind::lookup && !flow_.fills_at_once(step.a)) return false;
  }
  return true;
}

// fork; jump; [call, done] twice; done: two parallel servers that get nothing but these calls.
std::optional<double> OpenNetwork::fork_join(std::uint32_t e) const {
  const models::Plans& plans = blueprint_.plans;
  const std::uint32_t start = blueprint_.endpoints[e].start;
  if (plans.steps[start].kind != models::StepKind::fork) return std::nullopt;
  const models::ForkSpec& fork = plans.forks[plans.steps[start].a];
  const std::uint32_t end = plans.steps[start + 1].b;
  if (fork.starts.size() != 2 || fork.copies != 1 || fork.needed != 2 ||
      plans.steps[end].kind != models::StepKind::done || traffic_.endpoint(e).network > 0)
    return std::nullopt;
  double service_rate = 0;
  const double rate = traffic_.endpoint_rate(e, models::Level::mean);
  for (const std::uint32_t pc : fork.starts) {
    if (plans.steps[pc].kind != models::StepKind::call ||
        plans.steps[pc + 1].kind != models::StepKind::done)
      return std::nullopt;
    const models::CallSpec& call = plans.calls[plans.steps[pc].a];
    const models::ServiceSpec& callee = blueprint_.services[call.service];
    const auto& figures = result_.services[call.service];
    if (!figures || figures->model != "M/M/c" || callee.slots != 1 ||
        callee.placement.size() != 1 || callee.discipline != models::Discipline::fifo ||
        std::abs(figures->rate - rate) > 1e-9 * rate || *figures->error_ratio > 0)
      return std::nullopt;
    const double mu = 1 / (*figures->response - *figures->wait);
    if (service_rate > 0 && std::abs(mu - service_rate) > 1e-9 * mu) return std::nullopt;
    service_rate = mu;
  }
  return sim::fork_join_2(rate, service_rate);
}

std::optional<double> OpenNetwork::plan_response(std::uint32_t e) const {
  const models::PlanFigures& plan = traffic_.endpoint(e);
  const models::EndpointSpec& endpoint = blueprint_.endpoints[e];
  const Station& station = flow_.station(endpoint.service);
  if (!flow_.plain(e) || plan.failure > 0 || !timeless_lookups(endpoint.start)) return std::nullopt;
  if (plan.forks) return fork_join(e);
  double time = plan.wait + plan.network;
  if (plan.cpu > 0) {
    if (station.kind != StationKind::shared || !station.untouched) return std::nullopt;
    time += plan.cpu * stretch(endpoint.service);
  }
  for (const auto& [callee, calls] : plan.calls) {
    const auto& figures = result_.endpoints[callee];
    if (!figures || !figures->response || figures->error_ratio.value_or(0) > 0) return std::nullopt;
    time += calls * *figures->response;
  }
  return time;
}

// An endpoint of a service without a limit on requests.
void OpenNetwork::add_plan(std::uint32_t e) {
  const models::EndpointSpec& endpoint = blueprint_.endpoints[e];
  const Station& station = flow_.station(endpoint.service);
  const double rate = traffic_.endpoint_rate(e, models::Level::mean);
  if ((station.kind != StationKind::delay && station.kind != StationKind::shared) ||
      !flow_.free(e) || rate <= 0)
    return;
  const SingleStep step = single_step(blueprint_.plans, endpoint.start);
  TwinFigures figures;
  figures.rate = rate;
  figures.wait = 0;
  figures.wait_quantile = [](double) { return 0.0; };
  if (step.single && !step.shared) {
    const sim::Distribution& law = blueprint_.plans.laws[step.law].law;
    figures.model = "M/G/inf";
    figures.response = law.mean();
    figures.response_quantile = [law](double p) { return law.quantile(p); };
    figures.error_ratio = step.failure;
  } else if (step.single) {
    if (!station.untouched) return;
    const models::ServiceSpec& service = blueprint_.services[endpoint.service];
    figures.model = service.millicores <= 1000 ? "M/G/1-PS" : "M/G/c-PS";
    figures.response = blueprint_.plans.laws[step.law].law.mean() * stretch(endpoint.service);
    figures.error_ratio = step.failure;
  } else {
    const std::optional<double> response = plan_response(e);
    if (!response) return;
    figures.model = traffic_.endpoint(e).forks ? "fork-join" : "product-form network";
    figures.response = response;
    figures.error_ratio = 0;
  }
  figures.in_system = rate * *figures.response;
  result_.endpoints[e] = std::move(figures);
}

// The endpoints of such a service together. Cores may be understood where responses are not.
void OpenNetwork::add_service(std::uint32_t s) {
  const Station& station = flow_.station(s);
  const bool shared = station.kind == StationKind::shared && station.untouched;
  if (station.kind != StationKind::delay && !shared) return;
  TwinFigures all;
  const models::ServiceLoad load = traffic_.load(s, models::Level::mean);
  if (shared && load.cores > 0) all.utilization = load.busy_cores / load.cores;
  double good = 0;
  double response = 0;
  double in_system = 0;
  bool complete = true;
  for (const std::uint32_t e : station.endpoints) {
    if (!flow_.free(e)) return;
    const auto& figures = result_.endpoints[e];
    all.rate += traffic_.endpoint_rate(e, models::Level::mean);
    complete = complete && figures.has_value();
    if (!figures) continue;
    const double succeed = figures->rate * (1 - *figures->error_ratio);
    good += succeed;
    response += succeed * *figures->response;
    in_system += *figures->in_system;
    const bool same = all.model.empty() || all.model == figures->model;
    all.model = same ? figures->model : "product-form network";
  }
  if (!complete && !shared) return;
  if (!complete) all.model = "product-form network";
  all.wait = 0;
  all.wait_quantile = [](double) { return 0.0; };
  if (complete) {
    if (good > 0) all.response = response / good;
    all.in_system = in_system;
    all.in_queue = 0;
    all.error_ratio = 1 - good / all.rate;
    if (station.endpoints.size() == 1)
      all.response_quantile = result_.endpoints[station.endpoints[0]]->response_quantile;
  }
  result_.services[s] = std::move(all);
}

std::optional<TwinFigures> OpenNetwork::workload_figures(std::uint32_t w) const {
  const models::WorkloadSpec& workload = blueprint_.workloads[w];
  if (!flow_.free_client(w) || !flow_.plain_client(w)) return std::nullopt;
  TwinFigures all;
  all.rate = traffic_.workload_rate(w, models::Level::mean);
  double good = 0;
  double response = 0;
  double in_system = 0;
  double before = 0;
  bool direct = true;
  for (const auto& [upto, start] : workload.mix) {
    const double rate = all.rate * (upto - before);
    before = upto;
    const models::CallSpec& call = blueprint_.plans.calls[blueprint_.plans.steps[start].a];
    const auto& callee = result_.endpoints[call.endpoint];
    if (rate <= 0) continue;
    if (!callee || !callee->response) return std::nullopt;
    const double trip = models::client_figures(traffic_.plans(), start, workload).network;
    direct = direct && trip <= 0;
    const double succeed = rate * (1 - *callee->error_ratio);
    good += succeed;
    response += succeed * (*callee->response + trip);
    in_system += rate * (*callee->in_system / callee->rate + trip);
    const bool same = all.model.empty() || all.model == callee->model;
    all.model = same ? callee->model : "product-form network";
  }
  if (good <= 0) return std::nullopt;
  all.response = response / good;
  all.in_system = in_system;
  all.error_ratio = std::max(0.0, 1 - good / all.rate);
  if (direct && workload.mix.size() == 1) {
    const models::CallSpec& call =
        blueprint_.plans.calls[blueprint_.plans.steps[workload.mix[0].second].a];
    all.response_quantile = result_.endpoints[call.endpoint]->response_quantile;
  }
  if (!direct) all.model += " and network";
  return all;
}

}  // namespace

OpenTheory open_theory(const models::Scenario& scenario, const models::Traffic& traffic,
                       const FlowTheory& flow) {
  OpenTheory result;
  OpenNetwork(scenario, traffic, flow, result).solve();
  return result;
}

}  // namespace rehearse::experiments
