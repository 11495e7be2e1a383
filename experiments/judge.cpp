#include "experiments/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/topology.hpp"
#include "experiments/twins.hpp"

namespace rehearse::experiments {
namespace {

std::string_view metric_unit(spec::Metric metric) {
  switch (spec::unit_of(metric)) {
    case spec::Unit::seconds:
      return "s";
    case spec::Unit::ratio:
      return "ratio";
    case spec::Unit::per_second:
      return "1/s";
    case spec::Unit::number:
      return "1";
  }
  return "1";
}

std::string with_unit(double value, spec::Unit unit) {
  switch (unit) {
    case spec::Unit::seconds:
      return format_duration(value, 6);
    case spec::Unit::ratio:
      return format_ratio(value, 8);
    case spec::Unit::per_second:
      return format_rate(value, 6);
    case spec::Unit::number:
      return fmt::format("{:.6g}", value);
  }
  return {};
}

// What is compared with what: the metric itself, or the share of windows in which it satisfies.
struct Comparand {
  spec::Comparison op;
  double bound;
};
Comparand comparand(const spec::Objective& objective) {
  if (objective.window) return {objective.share_op, objective.share};
  return {objective.op, objective.bound};
}

sim::Decision decision(const Figure& figure, const spec::Objective& objective, double confidence) {
  if (std::isnan(figure.value)) return sim::Decision::open;
  const Comparand compared = comparand(objective);
  return sim::decide(figure.interval(confidence), static_cast<sim::Relation>(compared.op),
                     compared.bound);
}

reports::Verdict overall(const reports::RunResult& result) {
  reports::Verdict verdict = reports::Verdict::holds;
  for (const reports::ObjectiveResult& objective : result.objectives) {
    if (objective.verdict == reports::Verdict::fails) return reports::Verdict::fails;
    if (objective.verdict != reports::Verdict::holds) verdict = objective.verdict;
  }
  return verdict;
}

// An objective that held although nothing went wrong has not been tested. One that failed all the
// same has failed.
void doubt_ineffective_faults(reports::RunResult& result) {
  for (const reports::FaultResult& fault : result.faults) {
    if (fault.took_effect) continue;
    for (reports::ObjectiveResult& objective : result.objectives) {
      if (objective.verdict != reports::Verdict::holds) continue;
      objective.verdict = reports::Verdict::inconclusive;
      objective.note = fault.trials == 0 ? fmt::format("fault '{}' never began", fault.id)
                                         : fmt::format("fault '{}' took no effect", fault.id);
    }
  }
}

}  // namespace

bool Judge::decided(int look) const {
  const spec::Experiment& experiment = scenario_.experiment;
  const double confidence = sim::look_confidence(experiment.confidence, look);
  for (std::size_t i = 0; i < scenario_.objectives.size(); ++i) {
    const Figure figure = reduction_.objective(i);
    if (decision(figure, scenario_.objectives[i], confidence) == sim::Decision::open &&
        !std::isnan(figure.value))
      return false;
    if (experiment.precision &&
        sim::relative_half_width(figure.value, figure.interval(experiment.confidence)) >
            *experiment.precision)
      return false;
  }
  return true;
}

reports::ObjectiveResult Judge::judge(std::size_t index, int look) const {
  const spec::Objective& objective = scenario_.objectives[index];
  const Figure figure = reduction_.objective(index);
  const Comparand compared = comparand(objective);
  const bool share = objective.window.has_value();
  const spec::Unit unit = share ? spec::Unit::ratio : spec::unit_of(objective.metric);
  reports::ObjectiveResult result;
  result.id = objective.id;
  result.text = objective.text;
  result.subject = objective.target;
  result.metric = fmt::format("{}({})", spec::metric_name(objective.metric, objective.quantile),
                              objective.target);
  result.op = spec::comparison_text(compared.op);
  result.bound = compared.bound;
  result.target = fmt::format("{} {}", result.op, with_unit(compared.bound, unit));
  result.observations = figure.observations;
  result.estimate.unit = share ? "ratio" : metric_unit(objective.metric);
  if (share) {
    result.window = objective.window->to_seconds();
    result.note = fmt::format("share of {} windows with {} {} {}", format_duration(result.window),
                              result.metric, spec::comparison_text(objective.op),
                              with_unit(objective.bound, spec::unit_of(objective.metric)));
  } else if (objective.metric == spec::Metric::availability ||
             objective.metric == spec::Metric::error_rate) {
    result.note = "per request";
  }
  if (objective.during)
    result.during = {objective.during->from.to_seconds(), objective.during->to.to_seconds()};
  if (std::isnan(figure.value)) {
    result.note = "nothing was observed";
    return result;
  }
  const double confidence = scenario_.experiment.confidence;
  const sim::Interval interval = figure.interval(confidence);
  result.estimate.value = figure.value;
  result.estimate.low = interval.low;
  result.estimate.high = interval.high;
  switch (decision(figure, objective, sim::look_confidence(confidence, look))) {
    case sim::Decision::satisfied:
      result.verdict = reports::Verdict::holds;
      break;
    case sim::Decision::violated:
      result.verdict = reports::Verdict::fails;
      break;
    case sim::Decision::open:
      result.verdict = reports::Verdict::undecided;
      break;
  }
  return result;
}

void Judge::add_twins(reports::RunResult& result) const {
  for (const Twin& twin : closed_form_twins(scenario_)) {
    for (reports::SubjectResult& subject : result.subjects) {
      if (subject.name != twin.subject || subject.kind != twin.kind) continue;
      for (const auto& [metric, value] : twin.values) {
        const reports::Estimate* estimate = subject.find(metric);
        if (estimate == nullptr) continue;
        // The interval, widened from its confidence to 99.9 % as a normal law would be.
        const double factor = sim::normal_quantile(0.9995) /
                              sim::normal_quantile(0.5 + scenario_.experiment.confidence / 2);
        const double low = *estimate->value - factor * (*estimate->value - estimate->low);
        const double high = *estimate->value + factor * (estimate->high - *estimate->value);
        const double slack = std::max(1e-9, tolerance_of(twin, metric)) * std::abs(value);
        subject.closed_forms.emplace_back(
            metric,
            reports::ClosedForm{twin.model, value, value >= low - slack && value <= high + slack});
      }
    }
    for (std::size_t i = 0; i < result.objectives.size(); ++i) {
      const spec::Objective& objective = scenario_.objectives[i];
      if (objective.target != twin.subject || objective.window || objective.during) continue;
      std::string name = spec::metric_name(objective.metric, objective.quantile);
      if (objective.metric == spec::Metric::error_rate) name = "error_ratio";
      for (const auto& [metric, value] : twin.values) {
        if (metric != name) continue;
        reports::ObjectiveResult& judged = result.objectives[i];
        judged.closed_form = reports::ClosedForm{twin.model, value, true};
        for (const reports::SubjectResult& subject : result.subjects) {
          const reports::ClosedForm* form =
              subject.name == twin.subject ? subject.closed_form(metric) : nullptr;
          if (form != nullptr) judged.closed_form->agrees = form->agrees;
        }
      }
    }
  }
}

void Judge::add_assumptions(reports::RunResult& result) const {
  auto& trail = result.assumptions;
  trail.push_back(fmt::format("Each trial starts empty; the first {} are cut ({}).",
                              format_duration(result.warmup), result.warmup_rule));
  trail.push_back(
      "Response times are those of successful requests; failed ones count in "
      "error_ratio and availability.");
  if (scenario_.experiment.drain)
    trail.push_back("At the horizon arrivals stop and the trial goes on until all work is done.");
  if (scenario_.blueprint.network.links.empty())
    trail.push_back("No network is described: messages take no time and none is lost.");
  for (const models::WorkloadSpec& workload : scenario_.blueprint.workloads) {
    trail.push_back("'" + workload.name +
                    (workload.users
                         ? "' is a closed loop: users who wait do not ask, so overload shows as "
                           "fewer requests, not as a growing queue."
                         : "' is an open loop: requests arrive whatever became of earlier ones."));
  }
}

reports::RunResult Judge::result(int look) const {
  reports::RunResult result;
  const spec::Experiment& experiment = scenario_.experiment;
  result.scenario_name = scenario_.name;
  result.seed = experiment.seed;
  result.confidence = experiment.confidence;
  result.horizon = experiment.horizon.to_seconds();
  reduction_.write(result, experiment.confidence);
  if (reduction_.trials() > 0) {
    for (std::size_t i = 0; i < scenario_.objectives.size(); ++i)
      result.objectives.push_back(judge(i, look));
    add_twins(result);
    result.topology = topology_of(scenario_);
  }
  doubt_ineffective_faults(result);
  result.verdict = overall(result);
  add_assumptions(result);
  return result;
}

}  // namespace rehearse::experiments
