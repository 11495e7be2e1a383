#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/quantity.hpp"
#include "models/database_figures.hpp"
#include "models/lint_context.hpp"

/// Lints about the experiment and its objectives: whether what is asked can be answered.

namespace rehearse::models {
namespace {

constexpr double kFewServices = 100;  // responses that a horizon should hold at least
constexpr double kBeyond = 10;        // requests that should lie beyond a quantile, per trial
constexpr double kNearlyAll = 0.95;   // of the horizon
constexpr double kLongWarmup = 0.5;   // of the horizon

void lint_horizon(LintContext& context) {
  const spec::Experiment& experiment = context.scenario.experiment;
  const double horizon = experiment.horizon.to_seconds();
  const double warmup = experiment.warmup.value_or(Duration{}).to_seconds();
  double longest = 0;
  std::string slowest;
  for (std::uint32_t w = 0; w < context.blueprint().workloads.size(); ++w) {
    const double duration = context.usual.request(w).duration;
    if (duration <= longest) continue;
    longest = duration;
    slowest = context.blueprint().workloads[w].name;
  }
  if (horizon - warmup < kFewServices * longest)
    context.add("short-horizon", "",
                fmt::format("{} are measured, and a request of '{}' alone takes {} on average",
                            seconds(horizon - warmup), slowest, seconds(longest)),
                fmt::format("queues have no time to show; write 'horizon: {}' or more",
                            seconds(std::ceil(warmup + kFewServices * longest))));
  if (warmup > kLongWarmup * horizon && warmup < horizon)
    context.add("long-warmup", "",
                fmt::format("the warm-up of {} is cut from a horizon of {}: only {} are measured",
                            seconds(warmup), seconds(horizon), seconds(horizon - warmup)),
                "lengthen the horizon, or leave the warm-up to 'auto'");
}

// When a workload has asked for the last time, s; infinite where it goes on.
double end_of_traffic(const LintContext& context, const WorkloadSpec& workload, double rate) {
  double end = HUGE_VAL;
  if (workload.users) {
    const auto& changes = workload.users->changes;
    if (!changes.empty() && changes.back().users == 0) end = changes.back().at.to_seconds();
  } else if (workload.arrivals->kind == ArrivalSpec::Kind::instants) {
    const auto& instants = workload.arrivals->instants;
    end = instants.empty() ? 0 : Duration::nanoseconds(instants.back()).to_seconds();
  } else if (workload.arrivals->kind == ArrivalSpec::Kind::rates) {
    end = 0;
    for (const RateSegment& s : workload.arrivals->segments)
      if (s.rate_from > 0 || s.rate_to > 0) end = s.to;
  }
  if (workload.limit > 0 && rate > 0) {
    // The mean rate was itself bounded by the limit: of a stationary process the peak is the rate.
    const std::uint32_t w =
        static_cast<std::uint32_t>(&workload - &context.blueprint().workloads[0]);
    end = std::min(
        end, static_cast<double>(workload.limit) / context.usual.workload_rate(w, Level::peak));
  }
  return end;
}

// Stages that were written out, as opposed to a trace of which a part is replayed.
double end_of_stages(const WorkloadSpec& workload) {
  if (workload.users) {
    const auto& changes = workload.users->changes;
    return changes.empty() ? 0 : changes.back().at.to_seconds();
  }
  const auto& segments = workload.arrivals->segments;
  const bool ramps = std::any_of(segments.begin(), segments.end(),
                                 [](const RateSegment& s) { return s.rate_from != s.rate_to; });
  return ramps ? segments.back().to : 0;
}

// A surge may end before the rest; silence is what nobody breaks.
void lint_silence(LintContext& context) {
  const double horizon = context.scenario.experiment.horizon.to_seconds();
  const WorkloadSpec* last = nullptr;
  double end = 0;
  for (std::uint32_t w = 0; w < context.blueprint().workloads.size(); ++w) {
    const WorkloadSpec& workload = context.blueprint().workloads[w];
    const double own =
        end_of_traffic(context, workload, context.usual.workload_rate(w, Level::mean));
    if (own <= end) continue;
    end = own;
    last = &workload;
  }
  if (last == nullptr || end >= kNearlyAll * horizon) return;
  context.add("traffic-ends-early", last->name,
              fmt::format("'{}' asks for the last time after {}, and the horizon is {}", last->name,
                          seconds(end), seconds(horizon)),
              fmt::format("averages over time count the silence; write 'horizon: {}', or let "
                          "objectives look at a part of the run: 'during 0s..{}'",
                          seconds(end), seconds(end)));
}

void lint_stages(LintContext& context, const WorkloadSpec& workload) {
  const double horizon = context.scenario.experiment.horizon.to_seconds();
  if (end_of_stages(workload) > horizon * 1.000001)
    context.add("horizon-cuts-stages", workload.name,
                fmt::format("the stages of '{}' last {}, but the run ends after {}", workload.name,
                            seconds(end_of_stages(workload)), seconds(horizon)),
                fmt::format("what comes later is never played; write 'horizon: {}'",
                            seconds(end_of_stages(workload))));
}

double region_rate(const LintContext& context, std::uint32_t region, Level level) {
  double sum = 0;
  for (std::uint32_t s = 0; s < context.blueprint().services.size(); ++s) {
    double share = 0;
    for (const auto& [zone, part] : context.usual.plans().places[s])
      if (context.blueprint().network.zones[zone].region == region) share += part;
    sum += share * context.usual.load(s, level).rate;
  }
  return sum;
}

double target_rate(const LintContext& context, Subject subject, Level level) {
  switch (subject.kind) {
    case SubjectKind::workload:
      return context.usual.workload_rate(subject.index, level);
    case SubjectKind::service:
    case SubjectKind::database:
    case SubjectKind::broker:
    case SubjectKind::shard:
      return context.usual.load(subject.index, level).rate;
    case SubjectKind::queue:
      return context.usual.queue_load(subject.index, level).rate;
    case SubjectKind::endpoint:
      return context.usual.endpoint_rate(subject.index, level);
    case SubjectKind::cache:
      return context.usual.lookup_rate(subject.index);
    case SubjectKind::replica:
      return write_rate(context.usual, subject.index, level);
    case SubjectKind::region:
      return region_rate(context, subject.index, level);
    case SubjectKind::pool:
      return 0;
  }
  return 0;
}

bool is_quantile(spec::Metric metric) {
  return metric == spec::Metric::response_quantile || metric == spec::Metric::wait_quantile;
}

// The length of time that one estimate of the objective rests on, s.
double measured(const LintContext& context, const spec::Objective& objective) {
  if (objective.window) return objective.window->to_seconds();
  if (objective.during) return (objective.during->to - objective.during->from).to_seconds();
  const spec::Experiment& experiment = context.scenario.experiment;
  return (experiment.horizon - experiment.warmup.value_or(Duration{})).to_seconds();
}

void lint_observations(LintContext& context, const spec::Objective& objective, Subject subject) {
  if (!is_quantile(objective.metric)) return;
  // Of traffic that changes, a part of the run may see the peak.
  const bool part = objective.window || objective.during;
  const double rate = target_rate(context, subject, part ? Level::peak : Level::mean);
  // The quantile of a window stands alone; that of the run is estimated from all trials together.
  const spec::Experiment& experiment = context.scenario.experiment;
  const int trials = objective.window ? 1 : experiment.trials.value_or(experiment.max_trials);
  const double requests = rate * measured(context, objective) * trials;
  const double needed = kBeyond / std::min(objective.quantile, 1 - objective.quantile);
  if (requests >= needed * 0.999999) return;
  context.add("too-few-requests", objective.target,
              fmt::format("'{}' rests on about {} requests {}: too few lie beyond that quantile "
                          "for an estimate",
                          objective.text, format_number(requests, 3),
                          objective.window ? "per window" : "in all trials"),
              fmt::format("{} are needed for ten; lengthen the {}, or ask for a lower quantile",
                          format_number(std::ceil(needed - 1e-6), 6),
                          objective.window ? "windows" : "horizon"),
              objective.mark);
}

// The plan that the response times of a subject are those of, or nullptr.
const PlanFigures* plan_of(const LintContext& context, Subject subject) {
  switch (subject.kind) {
    case SubjectKind::workload:
      return &context.usual.request(subject.index);
    case SubjectKind::endpoint:
      return &context.usual.endpoint(subject.index);
    case SubjectKind::service:
    case SubjectKind::database: {
      const ServiceSpec& service = context.blueprint().services[subject.index];
      if (service.endpoint_count == 1) return &context.usual.endpoint(service.first_endpoint);
      return nullptr;
    }
    default:
      return nullptr;
  }
}

// The best that the platform can give without any queue, and whether more of it is better.
struct Best {
  double value = 0;
  bool more_is_better = false;
  const char* what = "";
};

std::optional<Best> best_of(const LintContext& context, const spec::Objective& objective,
                            Subject subject) {
  const PlanFigures* plan = plan_of(context, subject);
  switch (objective.metric) {
    case spec::Metric::mean_response:
      if (plan == nullptr) return std::nullopt;
      return Best{plan->duration, false, "without any queue the mean response time is"};
    case spec::Metric::error_rate:
      if (plan == nullptr) return std::nullopt;
      return Best{plan->failure, false, "the errors of 'fail' steps alone make it"};
    case spec::Metric::availability:
      if (plan == nullptr) return std::nullopt;
      return Best{1 - plan->failure, true, "the errors of 'fail' steps alone make it"};
    case spec::Metric::throughput:
    case spec::Metric::goodput:
      return Best{target_rate(context, subject, Level::peak), true,
                  "no more is ever asked for than"};
    default:
      return std::nullopt;
  }
}

void lint_reach(LintContext& context, const spec::Objective& objective, Subject subject) {
  if (objective.window) return;
  const std::optional<Best> best = best_of(context, objective, subject);
  if (!best) return;
  const bool more =
      objective.op == spec::Comparison::greater || objective.op == spec::Comparison::greater_equal;
  if (more != best->more_is_better) return;
  // Rates are estimates of what is random: leave them a little room.
  const double room = spec::unit_of(objective.metric) == spec::Unit::per_second ? 0.99 : 1;
  const double bound = more ? objective.bound * room : objective.bound;
  if (spec::satisfies(best->value, objective.op, bound)) return;
  std::string value = format_number(best->value);
  if (spec::unit_of(objective.metric) == spec::Unit::seconds) value = seconds(best->value);
  if (spec::unit_of(objective.metric) == spec::Unit::ratio) value = format_ratio(best->value);
  if (spec::unit_of(objective.metric) == spec::Unit::per_second) value = format_rate(best->value);
  context.add("out-of-reach", objective.target,
              fmt::format("'{}' cannot hold: {} {}", objective.text, best->what, value),
              "no amount of capacity changes that; change the objective or the plan",
              objective.mark);
}

}  // namespace

void lint_experiment(LintContext& context) {
  const Scenario& scenario = context.scenario;
  lint_horizon(context);
  lint_silence(context);
  for (const WorkloadSpec& workload : scenario.blueprint.workloads) lint_stages(context, workload);
  for (std::size_t i = 0; i < scenario.objectives.size(); ++i) {
    const spec::Objective& objective = scenario.objectives[i];
    if (objective.metric == spec::Metric::node_hours || objective.metric == spec::Metric::cost)
      continue;  // without requests
    if (target_rate(context, scenario.targets[i], Level::peak) <= 0) {
      context.add("no-traffic", objective.target,
                  fmt::format("'{}' looks at '{}', which gets no request", objective.text,
                              objective.target),
                  "nothing will be observed, and the objective stays undecided", objective.mark);
      continue;
    }
    lint_observations(context, objective, scenario.targets[i]);
    lint_reach(context, objective, scenario.targets[i]);
  }
}

}  // namespace rehearse::models
