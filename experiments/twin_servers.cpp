#include <algorithm>
#include <cmath>

#include "experiments/twin_figures.hpp"
#include "sim/closed_form.hpp"

/// Closed forms of a station with servers whose arrivals are Poisson.

namespace rehearse::experiments {
namespace {

constexpr double kMostStates = 1e7;  // of a chain that is summed state by state

// One instance of the station.
class Servers {
 public:
  Servers(const models::Scenario& scenario, const models::Traffic& traffic, std::uint32_t service,
          const Station& station);
  std::optional<StationFigures> figures();

 private:
  struct Class {
    double rate;  // at one instance
    const sim::Distribution* law;
    double failure;
    int priority;
  };
  bool markov() const;
  bool one_priority() const;
  std::optional<StationFigures> erlang_c();
  std::optional<StationFigures> loss_or_bounded();
  std::optional<StationFigures> abandonment();
  std::optional<StationFigures> single_server();
  std::optional<StationFigures> priorities();
  StationFigures assemble(const std::string& model, double wait, double error) const;
  StationFigures assemble(const std::string& model, const std::vector<double>& waits,
                          double error) const;

  const models::ServiceSpec& spec_;
  double instances_;
  double slots_;
  int servers_ = 0;
  const sim::Distribution* patience_ = nullptr;
  std::vector<Class> classes_;
  double rate_ = 0;  // at one instance
  double load_ = 0;  // offered to one instance, erlang
};

Servers::Servers(const models::Scenario& scenario, const models::Traffic& traffic,
                 std::uint32_t service, const Station& station)
    : spec_(scenario.blueprint.services[service]),
      instances_(static_cast<double>(spec_.placement.size())),
      slots_(spec_.slots) {
  const models::Plans& plans = scenario.blueprint.plans;
  if (spec_.patience != models::kNone) patience_ = &plans.laws[spec_.patience].law;
  for (const std::uint32_t e : station.endpoints) {
    const models::EndpointSpec& endpoint = scenario.blueprint.endpoints[e];
    const SingleStep step = single_step(plans, endpoint.start);
    const sim::Distribution& law = plans.laws[step.law].law;
    const double rate = traffic.endpoint_rate(e, models::Level::mean) / instances_;
    // Only a queue by priority looks at priorities.
    const bool ranked = spec_.discipline == models::Discipline::priority;
    classes_.push_back({rate, &law, step.failure, ranked ? endpoint.priority : 0});
    rate_ += rate;
    load_ += rate * law.mean();
  }
}

bool Servers::markov() const {
  return std::all_of(classes_.begin(), classes_.end(), [&](const Class& c) {
    return c.law->kind() == sim::Distribution::Kind::exponential &&
           c.law->mean() == classes_.front().law->mean();
  });
}

bool Servers::one_priority() const {
  return std::all_of(classes_.begin(), classes_.end(),
                     [&](const Class& c) { return c.priority == classes_.front().priority; });
}

std::optional<StationFigures> Servers::figures() {
  const double room = slots_ + static_cast<double>(spec_.queue_limit);
  const bool bounded = spec_.queue_limit != models::kUnlimited;
  if (slots_ > kMostStates || (bounded && spec_.queue_limit > 0 && room > kMostStates))
    return std::nullopt;
  // Who is served next depends on more than priorities.
  if (spec_.codel || spec_.discipline == models::Discipline::fair) return std::nullopt;
  servers_ = static_cast<int>(slots_);
  if (bounded && spec_.patience != models::kNone) return std::nullopt;
  if (bounded) return loss_or_bounded();
  if (spec_.patience != models::kNone) return abandonment();
  if (load_ >= slots_) return std::nullopt;
  if (markov() && one_priority()) return erlang_c();
  if (servers_ != 1) return std::nullopt;
  return one_priority() ? single_server() : priorities();
}

// `waits`: mean per class of those admitted; `error`: share of arrivals turned away.
StationFigures Servers::assemble(const std::string& model, const std::vector<double>& waits,
                                 double error) const {
  StationFigures result;
  TwinFigures& all = result.station;
  all.model = model;
  all.rate = rate_ * instances_;
  all.utilization = load_ * (1 - error) / slots_;
  double served = 0;  // and successful
  double wait = 0;
  double response = 0;
  double in_system = 0;
  double in_queue = 0;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    const Class& c = classes_[i];
    const double rate = c.rate * instances_;
    const double admitted = rate * (1 - error);
    TwinFigures one;
    one.model = model;
    one.rate = rate;
    one.wait = waits[i];
    one.response = waits[i] + c.law->mean();
    one.in_system = admitted * *one.response;
    one.error_ratio = 1 - (1 - error) * (1 - c.failure);
    const double good = rate * (1 - *one.error_ratio);
    served += good;
    wait += c.rate * waits[i];
    response += good * *one.response;
    in_system += *one.in_system;
    in_queue += admitted * waits[i];
    result.endpoints.push_back(std::move(one));
  }
  all.wait = wait / rate_;
  if (served > 0) all.response = response / served;
  all.in_system = in_system;
  all.in_queue = in_queue;
  all.error_ratio = 1 - served / all.rate;
  return result;
}

StationFigures Servers::assemble(const std::string& model, double wait, double error) const {
  return assemble(model, std::vector<double>(classes_.size(), wait), error);
}

std::optional<StationFigures> Servers::erlang_c() {
  const double service_rate = 1 / classes_.front().law->mean();
  const sim::QueueFigures f = sim::mm_c(rate_, service_rate, servers_);
  StationFigures result = assemble("M/M/c", f.mean_wait, 0);
  if (spec_.discipline == models::Discipline::lifo) return result;  // means only
  const auto quantiles = [&](TwinFigures& figures) {
    figures.wait_quantile = [=, rate = rate_, c = servers_](double p) {
      return sim::mm_c_wait_quantile(rate, service_rate, c, p);
    };
    figures.response_quantile = [=, rate = rate_, c = servers_](double p) {
      return sim::mm_c_response_quantile(rate, service_rate, c, p);
    };
  };
  quantiles(result.station);
  for (TwinFigures& endpoint : result.endpoints) quantiles(endpoint);
  return result;
}

// Without room to wait, Erlang's formula for any law: who is let in is served at once.
std::optional<StationFigures> Servers::loss_or_bounded() {
  if (spec_.queue_limit == 0) {
    StationFigures result = assemble("M/G/c/c", 0.0, sim::erlang_b(load_, servers_));
    const auto quantile = [](const sim::Distribution& law) {
      return [law](double p) { return law.quantile(p); };
    };
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      result.endpoints[i].response_quantile = quantile(*classes_[i].law);
      result.endpoints[i].wait_quantile = [](double) { return 0.0; };
    }
    if (classes_.size() == 1)
      result.station.response_quantile = result.endpoints[0].response_quantile;
    result.station.wait_quantile = [](double) { return 0.0; };
    return result;
  }
  // Which of equal requests waits how long depends on priorities; how many wait does not.
  if (!markov() || !one_priority()) return std::nullopt;
  const int room = servers_ + static_cast<int>(spec_.queue_limit);
  const sim::QueueFigures f = sim::mm_c_k(rate_, 1 / classes_.front().law->mean(), servers_, room);
  return assemble("M/M/c/K", f.mean_wait, f.blocking);
}

// Erlang-A. Of n + 1 requests that wait, the last one is served in the end with probability
// c mu / (c mu + (n + 1) theta), and then after stages of rates c mu + j theta, j = n + 1 ... 1:
// each stage ends by a departure or by somebody else who gives up.
std::optional<StationFigures> Servers::abandonment() {
  if (patience_->kind() != sim::Distribution::Kind::exponential || !markov() || !one_priority())
    return std::nullopt;
  const double service_rate = 1 / classes_.front().law->mean();
  const double theta = 1 / patience_->mean();
  const double drain = slots_ * service_rate;
  if (theta < 1e-6 * service_rate || rate_ - drain > kMostStates * theta) return std::nullopt;
  const sim::ErlangA f = sim::erlang_a(rate_, service_rate, servers_, theta);
  double weight = 1;
  double busy = 0;  // states in which an arrival waits
  double waited = 0;
  double stages = 0;
  for (double n = 0;; n += 1) {
    stages += 1 / (drain + (n + 1) * theta);
    busy += weight;
    waited += weight * drain / (drain + (n + 1) * theta) * stages;
    const double ratio = rate_ / (drain + (n + 1) * theta);
    weight *= ratio;
    if (ratio < 1 && weight < 1e-18 * busy * (1 - ratio)) break;
    if (busy > 1e100) {
      waited /= busy;
      weight /= busy;
      busy = 1;
    }
  }
  const double lost = f.abandon_probability;
  StationFigures result =
      assemble("Erlang-A", f.wait_probability * waited / busy / (1 - lost), lost);
  const double in_system = f.in_queue + load_ * (1 - lost);
  const auto correct = [&](TwinFigures& figures) {
    figures.in_system = in_system * figures.rate / rate_;
    if (spec_.discipline == models::Discipline::fifo) return;
    figures.wait.reset();  // who gives up depends on who is served first
    figures.response.reset();
  };
  correct(result.station);
  result.station.in_queue = f.in_queue * instances_;
  for (TwinFigures& endpoint : result.endpoints) correct(endpoint);
  return result;
}

std::optional<StationFigures> Servers::single_server() {
  std::vector<std::pair<double, sim::Distribution>> parts;
  for (const Class& c : classes_) parts.emplace_back(c.rate, *c.law);
  const sim::Distribution law = sim::Distribution::mixture(std::move(parts));
  const sim::QueueFigures f = sim::mg_1(rate_, law.mean(), law.scv());
  if (!std::isfinite(f.mean_wait)) return std::nullopt;
  return assemble("M/G/1", f.mean_wait, 0);
}

std::optional<StationFigures> Servers::priorities() {
  std::vector<double> waits(classes_.size());
  std::vector<sim::PriorityClass> levels;
  for (int p = 0; p < 256; ++p) {
    std::vector<std::pair<double, sim::Distribution>> parts;
    double rate = 0;
    for (const Class& c : classes_) {
      if (c.priority != p) continue;
      parts.emplace_back(c.rate, *c.law);
      rate += c.rate;
    }
    if (parts.empty()) {
      levels.push_back({0, 1, 1});
    } else {
      const sim::Distribution law = sim::Distribution::mixture(std::move(parts));
      if (!std::isfinite(law.scv())) return std::nullopt;
      levels.push_back({rate, law.mean(), law.scv()});
    }
  }
  const std::vector<double> response = sim::mg_1_priority(levels, sim::Preemption::none);
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    const auto level = static_cast<std::size_t>(classes_[i].priority);
    waits[i] = response[level] - levels[level].mean_service;
  }
  return assemble("M/G/1 with priorities", waits, 0);
}

}  // namespace

std::optional<StationFigures> server_figures(const models::Scenario& scenario,
                                             const models::Traffic& traffic, std::uint32_t service,
                                             const Station& station) {
  return Servers(scenario, traffic, service, station).figures();
}

}  // namespace rehearse::experiments
