#include "experiments/reduction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "models/subject_figures.hpp"

namespace rehearse::experiments {
namespace {

struct ReportedMetric {
  const char* name;
  const char* unit;
  spec::Metric metric;
  double quantile;
};

// Order and names of reports::standard_metrics(), then those that only some subjects have.
constexpr ReportedMetric kReported[] = {
    {"arrival_rate", "1/s", spec::Metric::arrival_rate, 0},
    {"throughput", "1/s", spec::Metric::throughput, 0},
    {"utilization", "ratio", spec::Metric::utilization, 0},
    {"mean_wait", "s", spec::Metric::mean_wait, 0},
    {"mean_response", "s", spec::Metric::mean_response, 0},
    {"p50", "s", spec::Metric::response_quantile, 0.5},
    {"p90", "s", spec::Metric::response_quantile, 0.9},
    {"p95", "s", spec::Metric::response_quantile, 0.95},
    {"p99", "s", spec::Metric::response_quantile, 0.99},
    {"p999", "s", spec::Metric::response_quantile, 0.999},
    {"in_system", "1", spec::Metric::in_system, 0},
    {"error_ratio", "ratio", spec::Metric::error_rate, 0},
    {"goodput", "1/s", spec::Metric::goodput, 0},
    {"queue_length", "1", spec::Metric::queue_length, 0},
    {"hit_ratio", "ratio", spec::Metric::hit_ratio, 0},
    {"redelivery_ratio", "ratio", spec::Metric::redelivery_ratio, 0},
    {"dead_letter_ratio", "ratio", spec::Metric::dead_letter_ratio, 0},
    {"drop_ratio", "ratio", spec::Metric::drop_ratio, 0},
    {"stale_ratio", "ratio", spec::Metric::stale_ratio, 0},
    {"outdated_ratio", "ratio", spec::Metric::outdated_ratio, 0},
    {"coalesced_ratio", "ratio", spec::Metric::coalesced_ratio, 0},
    {"lost_ratio", "ratio", spec::Metric::lost_ratio, 0},
    {"disk_usage", "ratio", spec::Metric::disk_usage, 0},
    {"memory_use", "ratio", spec::Metric::memory_use, 0},
    {"oom_kills", "1/s", spec::Metric::oom_kills, 0},
    {"restarts", "1/s", spec::Metric::restarts, 0},
    {"instance_hours", "1", spec::Metric::instance_hours, 0},
    {"core_hours", "1", spec::Metric::core_hours, 0},
    {"memory_hours", "1", spec::Metric::memory_hours, 0},
    {"node_hours", "1", spec::Metric::node_hours, 0},
    {"cost", "1", spec::Metric::cost, 0},
};

std::uint64_t observed(spec::Metric metric, const models::WindowRecord& record) {
  switch (metric) {
    case spec::Metric::mean_response:
    case spec::Metric::response_quantile:
    case spec::Metric::max_response:
      return record.response.count();
    case spec::Metric::mean_wait:
    case spec::Metric::wait_quantile:
      return record.wait.count();
    case spec::Metric::hit_ratio:
    case spec::Metric::stale_ratio:
    case spec::Metric::outdated_ratio:
    case spec::Metric::coalesced_ratio:
      return record.hits + record.misses;
    case spec::Metric::lost_ratio:
      return record.deferred;
    case spec::Metric::redelivery_ratio:
      return record.redelivered + record.wait.count();
    case spec::Metric::arrival_rate:
      return record.arrivals;
    default:
      return record.ended();
  }
}

/// Of more time there is more, rather than another mean.
bool adds_up(spec::Metric metric) {
  switch (metric) {
    case spec::Metric::instance_hours:
    case spec::Metric::core_hours:
    case spec::Metric::memory_hours:
    case spec::Metric::node_hours:
    case spec::Metric::cost:
      return true;
    default:
      return false;
  }
}

/// Stretches of time in a heat map: more would be narrower than what a page shows of each.
constexpr std::size_t kMostStretches = 120;

std::size_t windows_per_stretch(std::size_t windows) {
  return std::max<std::size_t>(1, (windows + kMostStretches - 1) / kMostStretches);
}

/// Two bins per octave of nanoseconds: those of a histogram, four and four together.
using HeatBins = std::vector<std::pair<double, std::vector<std::uint64_t>>>;
HeatBins heat_of(const std::vector<models::WindowRecord>& windows, std::size_t stretches) {
  const std::size_t each = windows_per_stretch(windows.size());
  std::map<int, std::vector<std::uint64_t>> bins;  // by half octaves of the upper bound
  for (std::size_t w = 0; w < windows.size(); ++w)
    for (const sim::Histogram::Bin& bin : windows[w].response.bins()) {
      int octave = 0;
      const double half = std::frexp(std::round(bin.upper_seconds * 1e9), &octave);  // in [0.5, 1)
      auto& counts = bins[2 * octave + (half > 0.75 ? 1 : half > 0.5 ? 0 : -1)];
      counts.resize(stretches);
      counts[w / each] += bin.count;
    }
  HeatBins out;
  for (auto& [step, counts] : bins)
    out.emplace_back(std::ldexp(step % 2 == 0 ? 0.75 : 1.0, step / 2) * 1e-9, std::move(counts));
  return out;
}

double little(double area, double seconds) {
  return seconds > 0 ? area * 1e-9 / seconds : 0;
}

}  // namespace

sim::Interval Figure::interval(double confidence) const {
  sim::Interval interval = sim::section_interval(value, sections, confidence);
  if (proportion.total > 0) {
    const sim::Interval exact =
        sim::proportion_interval(proportion.successes, proportion.total, confidence);
    interval.low = std::min(interval.low, exact.low);
    interval.high = std::min(1.0, std::max(interval.high, exact.high));
  }
  interval.low = std::max(0.0, interval.low);  // no metric is negative
  return interval;
}

Reduction::Reduction(const models::Scenario& scenario, const WindowGrid& grid,
                     bool counts_instances)
    : scenario_(scenario),
      grid_(grid),
      counts_instances_(counts_instances || !scenario.blueprint.policies.empty()),
      objectives_(scenario.objectives.size()) {
  const spec::Experiment& experiment = scenario.experiment;
  if (experiment.warmup) {
    warm_ = window_of(Instant::start() + *experiment.warmup);
    warmup_rule_ = "given";
    settled_ = true;
  } else if (!scenario.stationary) {
    warmup_rule_ = "none: the traffic changes over time, all of the run is measured";
    settled_ = true;
  }
}

std::size_t Reduction::window_of(Instant at) const {
  const auto found = std::lower_bound(grid_.boundaries.begin(), grid_.boundaries.end(), at);
  REHEARSE_ASSERT(found != grid_.boundaries.end() && *found == at);
  return static_cast<std::size_t>(found - grid_.boundaries.begin());
}

double Reduction::seconds_between(const models::TrialRecord& record, std::size_t first,
                                  std::size_t last) const {
  return (record.boundaries[last] - record.boundaries[first]).to_seconds();
}

void Reduction::add(models::TrialRecord record) {
  if (views_.empty()) {
    views_ = subject_views(scenario_, record);
    subjects_.resize(views_.size());
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
      const auto& target = scenario_.targets[i];
      const auto found = std::find_if(views_.begin(), views_.end(), [&](const SubjectView& view) {
        return view.subject.kind == target.kind && view.subject.index == target.index;
      });
      REHEARSE_ASSERT(found != views_.end());
      objectives_[i].view = static_cast<std::size_t>(found - views_.begin());
    }
  }
  add_faults(record);
  ++trials_;
  events_ += record.events;
  requests_ += record.requests;
  fingerprint_ = std::rotl(fingerprint_, 17) * 0x9e3779b97f4a7c15ULL ^ record.fingerprint;
  if (!settled_) {
    waiting_.push_back(std::move(record));
    return;
  }
  reduce(record);
  if (trials_ == 1) {
    only_ = std::move(record);
  } else {
    only_ = {};
  }
}

// The number of requests in the system, averaged over the trials, shows the transient of every
// queue and little noise; MSER-5 finds where it ends.
std::optional<Warmup> Reduction::find_warmup() const {
  if (settled_ || waiting_.empty()) return std::nullopt;
  std::vector<double> level;
  for (std::size_t w = 0; w + 1 < grid_.boundaries.size(); ++w) {
    double sum = 0;
    for (const models::TrialRecord& record : waiting_) {
      for (const SubjectView& view : views_) {
        if (view.kind != "workload" && view.kind != "queue") continue;
        sum += static_cast<double>(record.subjects[view.parts[0]].windows[w].in_system);
      }
    }
    level.push_back(sum / (grid_.boundaries[w + 1] - grid_.boundaries[w]).to_seconds());
  }
  if (const auto cut = sim::mser5(level)) return Warmup{*cut, "MSER-5 on requests in the system"};
  return Warmup{level.size() / 2,
                "MSER-5 on requests in the system found no steady state: half of the run is cut"};
}

void Reduction::settle_warmup(const Warmup& warmup) {
  if (settled_) return;
  settled_ = true;
  warm_ = warmup.window;
  warmup_rule_ = warmup.rule;
  for (const models::TrialRecord& record : waiting_) reduce(record);
  if (waiting_.size() == 1) only_ = std::move(waiting_.front());
  waiting_.clear();
  waiting_.shrink_to_fit();
}

void Reduction::reduce(const models::TrialRecord& record) {
  const std::size_t last = grid_.boundaries.size() - 1;
  seconds_ += seconds_between(record, warm_, last);
  all_seconds_ += seconds_between(record, 0, last);
  for (std::size_t i = 0; i < views_.size(); ++i) reduce_subject(i, record);
  for (std::size_t i = 0; i < objectives_.size(); ++i) reduce_objective(i, record);
}

void Reduction::reduce_subject(std::size_t index, const models::TrialRecord& record) {
  const SubjectView& view = views_[index];
  SubjectData& data = subjects_[index];
  const std::size_t last = grid_.boundaries.size() - 1;
  const models::WindowRecord measured = collect(view, record, warm_, last);
  const double seconds = seconds_between(record, warm_, last);
  data.values.resize(std::size(kReported));
  for (std::size_t m = 0; m < std::size(kReported); ++m)
    data.values[m].push_back(
        metric_value(kReported[m].metric, kReported[m].quantile, measured, view, seconds));
  data.pooled.merge(measured);
  data.all.merge(collect(view, record, 0, warm_));
  data.all.merge(measured);
  for (const std::uint32_t part : view.parts) {
    data.age += record.subjects[part].age_at_end;
    data.in_flight += static_cast<std::uint64_t>(record.subjects[part].in_system_at_end);
  }
  for (std::size_t w = 0; w < last; ++w) {
    const auto slot =
        static_cast<std::size_t>((grid_.boundaries[w] - Instant::start()) / grid_.series);
    if (slot >= data.series.size()) data.series.resize(slot + 1);
    for (const std::uint32_t part : view.parts)
      data.series[slot].merge(record.subjects[part].windows[w]);
  }
}

void Reduction::reduce_objective(std::size_t index, const models::TrialRecord& record) {
  const spec::Objective& objective = scenario_.objectives[index];
  ObjectiveData& data = objectives_[index];
  const SubjectView& view = views_[data.view];
  std::size_t first = warm_;
  std::size_t last = grid_.boundaries.size() - 1;
  if (objective.during) {
    first = window_of(Instant::start() + objective.during->from);
    last = window_of(Instant::start() + objective.during->to);
  }
  if (!objective.window) {
    const models::WindowRecord part = collect(view, record, first, last);
    const double seconds = seconds_between(record, first, last);
    data.values.push_back(metric_value(objective.metric, objective.quantile, part, view, seconds));
    data.pooled.merge(part);
    data.seconds += seconds;
    return;
  }
  // Whole windows inside the measured part; one in which nothing was observed says nothing.
  const std::int64_t length = objective.window->ns();
  std::int64_t number = (grid_.boundaries[first].ns() + length - 1) / length;
  double good = 0;
  double all = 0;
  for (; (number + 1) * length <= grid_.boundaries[last].ns(); ++number) {
    const std::size_t from = window_of(Instant::at_ns(number * length));
    const std::size_t to = window_of(Instant::at_ns((number + 1) * length));
    const double value =
        metric_value(objective.metric, objective.quantile, collect(view, record, from, to), view,
                     objective.window->to_seconds());
    if (std::isnan(value)) continue;
    ++all;
    if (spec::satisfies(value, objective.op, objective.bound)) ++good;
  }
  data.good_windows += good;
  data.windows += all;
  data.values.push_back(all > 0 ? good / all : std::numeric_limits<double>::quiet_NaN());
}

Figure Reduction::objective(std::size_t index) const {
  const spec::Objective& objective = scenario_.objectives[index];
  const ObjectiveData& data = objectives_[index];
  const SubjectView& view = views_[data.view];
  Figure figure;
  figure.sections = data.values;
  if (objective.window) {
    figure.value = data.windows > 0 ? data.good_windows / data.windows
                                    : std::numeric_limits<double>::quiet_NaN();
    figure.proportion = {data.good_windows, data.windows};
    figure.observations = static_cast<std::uint64_t>(data.windows);
    return figure;
  }
  figure.value = of_one_trial(objective.metric, metric_value(objective.metric, objective.quantile,
                                                             data.pooled, view, data.seconds));
  figure.proportion = proportion_of(objective.metric, data.pooled);
  figure.observations = observed(objective.metric, data.pooled);
  if (trials_ == 1 && !only_.boundaries.empty()) {
    std::size_t first = warm_;
    std::size_t last = grid_.boundaries.size() - 1;
    if (objective.during) {
      first = window_of(Instant::start() + objective.during->from);
      last = window_of(Instant::start() + objective.during->to);
    }
    figure.sections = sections_of(view, objective.metric, objective.quantile, first, last);
  }
  return figure;
}

bool Reduction::has_metric(const SubjectView& view, spec::Metric metric) const {
  if (metric == spec::Metric::instance_hours && !counts_instances_) return false;
  return models::lacks_figure(scenario_.blueprint, view.subject, metric).empty();
}

TrialFigures Reduction::trial_figures() const {
  TrialFigures out;
  for (const ObjectiveData& data : objectives_) out.objectives.push_back(data.values);
  for (std::size_t i = 0; i < subjects_.size(); ++i)
    for (std::size_t m = 0; m < subjects_[i].values.size(); ++m)
      if (has_metric(views_[i], kReported[m].metric))
        out.figures.push_back(
            {views_[i].kind, views_[i].name, kReported[m].name, subjects_[i].values[m]});
  return out;
}

// Of a figure over all trials.
double Reduction::of_one_trial(spec::Metric metric, double value) const {
  return adds_up(metric) ? value / static_cast<double>(trials_) : value;
}

std::vector<double> Reduction::sections_of(const SubjectView& view, spec::Metric metric,
                                           double quantile, std::size_t first,
                                           std::size_t last) const {
  const std::size_t n = std::min(kSections, last - first);
  std::vector<double> values;
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t from = first + k * (last - first) / n;
    const std::size_t to = first + (k + 1) * (last - first) / n;
    double value = metric_value(metric, quantile, collect(view, only_, from, to), view,
                                seconds_between(only_, from, to));
    if (adds_up(metric))
      value *= seconds_between(only_, first, last) / seconds_between(only_, from, to);
    values.push_back(value);
  }
  return values;
}

void Reduction::write(reports::RunResult& result, double confidence) const {
  result.trials = static_cast<int>(trials_);
  result.events = events_;
  result.requests = requests_;
  result.fingerprint = fmt::format("{:016x}", fingerprint_);
  result.warmup = (grid_.boundaries[warm_] - Instant::start()).to_seconds();
  result.warmup_rule = warmup_rule_;
  result.interval_method =
      trials_ == 1 ? "batch means: 20 sections of the only trial, Student's t"
                   : "sectioning over independent trials, Student's t; shares at least exact "
                     "binomial (Clopper-Pearson)";
  result.series_interval = grid_.series.to_seconds();
  write_faults(result);
  write_guards(result);
  write_decisions(result);
  if (subjects_.empty()) return;
  for (std::size_t i = 0; i < subjects_.front().series.size(); ++i)
    result.series_at.push_back(static_cast<double>(i) * result.series_interval);
  for (std::size_t i = 0; i < result.series_at.size();
       i += windows_per_stretch(result.series_at.size()))
    result.heat_at.push_back(result.series_at[i]);
  for (std::size_t i = 0; i < views_.size(); ++i) {
    write_subject(i, result, confidence);
    write_series(i, result);
    write_checks(i, result);
  }
}

void Reduction::write_subject(std::size_t index, reports::RunResult& result,
                              double confidence) const {
  const SubjectView& view = views_[index];
  const SubjectData& data = subjects_[index];
  reports::SubjectResult subject;
  subject.name = view.name;
  subject.kind = view.kind;
  for (std::size_t m = 0; m < std::size(kReported); ++m) {
    const ReportedMetric& reported = kReported[m];
    if (!has_metric(view, reported.metric)) continue;
    Figure figure;
    figure.value = of_one_trial(reported.metric, metric_value(reported.metric, reported.quantile,
                                                              data.pooled, view, seconds_));
    figure.sections = data.values[m];
    figure.proportion = proportion_of(reported.metric, data.pooled);
    if (trials_ == 1 && !only_.boundaries.empty())
      figure.sections =
          sections_of(view, reported.metric, reported.quantile, warm_, grid_.boundaries.size() - 1);
    reports::Estimate estimate;
    estimate.unit = reported.unit;
    if (!std::isnan(figure.value)) {
      const sim::Interval interval = figure.interval(confidence);
      estimate.value = figure.value;
      estimate.low = interval.low;
      estimate.high = interval.high;
    }
    subject.metrics.emplace_back(reported.name, estimate);
  }
  const auto trials = static_cast<double>(trials_);
  for (std::size_t i = 0; i < models::kOutcomes; ++i) {
    if (i >= models::kUsualOutcomes && data.pooled.outcomes[i] == 0) continue;
    subject.outcomes.emplace_back(models::kOutcomeNames[i],
                                  static_cast<double>(data.pooled.outcomes[i]) / trials);
  }
  for (const sim::Histogram::Bin& bin : data.pooled.response.bins())
    subject.distribution.emplace_back(bin.upper_seconds, bin.count);
  result.subjects.push_back(std::move(subject));
}

void Reduction::write_series(std::size_t index, reports::RunResult& result) const {
  const SubjectView& view = views_[index];
  reports::Series series;
  series.subject = view.name;
  series.kind = view.kind;
  const std::vector<models::WindowRecord>& windows = subjects_[index].series;
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const double from = static_cast<double>(w) * result.series_interval;
    const double to = w + 1 < windows.size() ? from + result.series_interval
                                             : all_seconds_ / static_cast<double>(trials_);
    const double seconds = (to - from) * static_cast<double>(trials_);
    const auto value = [&](spec::Metric metric, double quantile) {
      return metric_value(metric, quantile, windows[w], view, seconds);
    };
    series.arrival_rate.push_back(value(spec::Metric::arrival_rate, 0));
    series.throughput.push_back(value(spec::Metric::throughput, 0));
    series.error_ratio.push_back(value(spec::Metric::error_rate, 0));
    series.mean_response.push_back(value(spec::Metric::mean_response, 0));
    series.p50.push_back(value(spec::Metric::response_quantile, 0.5));
    series.p95.push_back(value(spec::Metric::response_quantile, 0.95));
    series.p99.push_back(value(spec::Metric::response_quantile, 0.99));
    series.in_system.push_back(value(spec::Metric::in_system, 0));
    series.utilization.push_back(value(spec::Metric::utilization, 0));
    if (has_metric(view, spec::Metric::queue_length))
      series.queue_length.push_back(value(spec::Metric::queue_length, 0));
    if (has_metric(view, spec::Metric::instance_hours) || view.kind == "pool")
      series.instances.push_back(little(static_cast<double>(windows[w].instances), seconds));
    if (view.sized) {
      const auto reserved = [&](spec::Metric metric) { return value(metric, 0) * 3600 / seconds; };
      series.reserved_cores.push_back(reserved(spec::Metric::core_hours));
      series.reserved_memory.push_back(reserved(spec::Metric::memory_hours));
    }
  }
  series.heat = heat_of(windows, result.heat_at.size());
  result.series.push_back(std::move(series));
}

// Over whole trials the laws hold exactly, whatever the traffic: a difference is a bug.
void Reduction::write_checks(std::size_t index, reports::RunResult& result) const {
  const SubjectView& view = views_[index];
  if (view.kind == "pool") return;  // serves no requests
  const SubjectData& data = subjects_[index];
  const auto check = [&](const char* law, double left, double right, double tolerance) {
    const bool holds = std::abs(left - right) <= tolerance * std::max(1e-12, std::abs(left));
    result.checks.push_back({law, view.name, left, right, tolerance, holds});
  };
  const double trials = static_cast<double>(trials_);
  check("flow balance: arrivals = ended + in flight",
        static_cast<double>(data.all.arrivals) / trials,
        static_cast<double>(data.all.ended() + data.in_flight) / trials, 1e-12);
  check("Little's law: L = lambda W", little(static_cast<double>(data.all.in_system), all_seconds_),
        little(static_cast<double>(data.all.sojourn + data.age), all_seconds_), 1e-9);
  if (view.capacity == 0 || view.kind == "cache") return;
  const bool cores =
      view.kind != "queue" && scenario_.blueprint.services[view.subject.index].millicores > 0;
  const double busy =
      little(static_cast<double>(data.all.busy), all_seconds_) / (cores ? 1000.0 : 1.0);
  if (cores && models::may_stop_or_slow(scenario_.blueprint, view.subject.index)) {
    // Work that is cut short or stretched is not the demand that was asked for.
  } else if (cores) {
    // Demand of requests still in service is counted in full on the right: the difference is at
    // most what is in flight.
    const double work = little(static_cast<double>(data.all.work), all_seconds_);
    const double slack = static_cast<double>(data.in_flight + 1) /
                         std::max(1.0, static_cast<double>(data.all.arrivals));
    check("utilization law: U = X S", busy, work, 1e-6 + 20 * slack);
  } else if (view.kind == "queue" || !scenario_.blueprint.services[view.subject.index].holds) {
    const double waiting = little(static_cast<double>(data.all.in_queue), all_seconds_);
    check("utilization law: busy = L - Lq", busy,
          little(static_cast<double>(data.all.in_system), all_seconds_) - waiting, 1e-9);
  }
}

}  // namespace rehearse::experiments
