#include "policies/hpa.hpp"

#include <algorithm>

namespace rehearse::policies {
namespace {

using Source = Hpa::Metric::Source;
using Target = Hpa::Metric::Target;

std::string_view failure_of(Source source) {
  switch (source) {
    case Source::resource:
      return "FailedGetResourceMetric";
    case Source::container:
      return "FailedGetContainerResourceMetric";
    case Source::pods:
      return "FailedGetPodsMetric";
    case Source::object:
      return "FailedGetObjectMetric";
    case Source::external:
      return "FailedGetExternalMetric";
    case Source::unknown:
      break;
  }
  return "InvalidMetricSourceType";
}

bool is_outside(const Hpa::Metric& metric) {
  return metric.source == Source::object || metric.source == Source::external;
}

std::vector<MetricNeed> needs_of(const std::vector<Hpa::Metric>& metrics) {
  std::vector<MetricNeed> needs;
  for (const Hpa::Metric& metric : metrics)
    needs.push_back({metric.name,
                     is_outside(metric) ? MetricNeed::Scope::whole : MetricNeed::Scope::each,
                     metric.type == Target::utilization});
  return needs;
}

// What is reserved, so that observing allocates nothing: twice the maximum, for rolling updates.
std::size_t expected_pods(const Hpa::Params& params) {
  return std::min<std::size_t>(4096, 2 * static_cast<std::size_t>(params.bounds.max) + 8);
}

std::size_t expected_entries(Duration window, Duration period) {
  return static_cast<std::size_t>(std::min<std::int64_t>(65536, window / period + 8));
}

}  // namespace

Hpa::Hpa(Params params)
    : params_(std::move(params)),
      needs_(needs_of(params_.metrics)),
      beat_(params_.sync_period),
      pods_(params_.metrics.size(), expected_pods(params_)),
      totals_(params_.metrics.size()),
      lost_(params_.metrics.size(), false),
      proposals_(params_.metrics.size()) {
  REHEARSE_ASSERT(params_.bounds.min >= 0 && params_.bounds.max >= params_.bounds.min);
  for (const Metric& metric : params_.metrics)
    REHEARSE_ASSERT(metric.target > 0 || metric.source == Source::unknown);
  restart();
}

void Hpa::restart() {
  const Behavior defaults;
  const Behavior& behavior = params_.behavior ? *params_.behavior : defaults;
  const Duration window =
      std::max({params_.downscale_stabilization, behavior.up.window, behavior.down.window});
  memory_.begun = false;
  memory_.recommendations.clear();
  memory_.added.clear();
  memory_.removed.clear();
  memory_.recommendations.reserve(expected_entries(window, params_.sync_period));
  memory_.added.reserve(expected_entries(behavior.up.longest_period(), params_.sync_period));
  memory_.removed.reserve(expected_entries(behavior.down.longest_period(), params_.sync_period));
  wish_.pending = false;
}

Instant Hpa::oldest(Instant now) const {
  return Instant::at_ns(now.ns() < params_.stale_after.ns() ? 0
                                                            : now.ns() - params_.stale_after.ns());
}

void Hpa::observe(Instant now, const Observation& seen, std::vector<Decision>& /*out*/) {
  if (const auto* sample = std::get_if<MetricSample>(&seen)) take(*sample);
  if (const auto* gone = std::get_if<InstanceGone>(&seen)) pods_.remove(gone->instance);
  if (const auto* status = std::get_if<InstanceStatus>(&seen)) pods_.set(*status);
  if (const auto* request = std::get_if<ResourceRequest>(&seen)) {
    if (request->metric < lost_.size()) pods_.set(*request);
  }
  if (const auto* count = std::get_if<ReplicaCount>(&seen)) scale_ = *count;
  if (const auto* lost = std::get_if<MetricLost>(&seen)) {
    if (lost->metric < lost_.size()) lost_[lost->metric] = true;
  }
  if (const auto* done = std::get_if<ActionDone>(&seen)) settle(now, *done);
  if (const auto* conflict = std::get_if<TargetConflict>(&seen)) conflict_ = conflict->present;
  if (std::holds_alternative<HostRestarted>(seen)) restart();
}

void Hpa::take(const MetricSample& sample) {
  if (sample.metric >= lost_.size()) return;
  lost_[sample.metric] = false;
  if (sample.instance == kWhole)
    totals_[sample.metric] = {true, hpa::thousandths(sample.value), sample.taken};
  else
    pods_.set(sample);
}

void Hpa::settle(Instant now, const ActionDone& done) {
  if (!wish_.pending || done.action < wish_.first || done.action > wish_.last) return;
  wish_.pending = false;
  if (!done.succeeded) {
    conditions_.able_to_scale = {false, "FailedUpdateScale"};
    return;
  }
  conditions_.able_to_scale = {true, "SucceededRescale"};
  if (params_.behavior)
    hpa::store_event(memory_, wish_.before, wish_.after, params_.behavior->up,
                     params_.behavior->down, now);
  if (!params_.to_zero) return;
  const bool to_zero = wish_.before > 0 && wish_.after == 0 && params_.bounds.min == 0;
  conditions_.scaled_to_zero = to_zero && has_outside_metric()
                                   ? Condition{true, "ScaledToZero"}
                                   : Condition{false, "NotScaledToZero"};
}

void Hpa::wake(Instant now, std::vector<Decision>& out) {
  if (beat_.due(now)) reconcile(now, out);
}

bool Hpa::has_outside_metric() const {
  return std::any_of(params_.metrics.begin(), params_.metrics.end(), is_outside);
}

void Hpa::reconcile(Instant now, std::vector<Decision>& out) {
  if (!scale_ || scale_->taken < oldest(now)) {
    conditions_.able_to_scale = {false, "FailedGetScale"};
    return;
  }
  conditions_.able_to_scale = {true, "SucceededGetScale"};
  const std::int32_t current = scale_->wanted;
  if (!memory_.begun) memory_.recommendations.push_back({current, now});
  memory_.begun = true;

  const bool own_zero = params_.to_zero && conditions_.scaled_to_zero.status;
  const bool wakes = own_zero && (params_.bounds.min != 0 || has_outside_metric());
  if (current == 0 && !wakes)
    conditions_.scaling_active = {false, "ScalingDisabled"};
  else if (current > params_.bounds.max)
    wish(params_.bounds.max, "more replicas than the maximum", Decision::kNoMetric, out);
  else if (current > 0 && current < params_.bounds.min)
    wish(params_.bounds.min, "fewer replicas than the minimum", Decision::kNoMetric, out);
  else
    by_metrics(now, out);
}

void Hpa::by_metrics(Instant now, std::vector<Decision>& out) {
  if (conflict_) {
    conditions_.scaling_active = {false, "AmbiguousSelector"};
    return;
  }
  pods_.forget_samples(oldest(now));
  const Verdict verdict = judge(now);
  if (!verdict.valid) return;
  const std::int32_t current = scale_->wanted;
  const std::int32_t proposed = std::max(0, verdict.replicas);
  const std::int32_t desired = normalized(proposed, now);
  if (desired == current) return;
  if (desired > current)
    wish(desired, "metric above target", verdict.metric, out);
  else
    wish(desired, "all metrics below target", verdict.metric, out);
}

Hpa::Verdict Hpa::judge(Instant now) {
  std::size_t invalid = 0;
  std::string_view reason;
  Verdict verdict;
  for (std::size_t i = 0; i < params_.metrics.size(); ++i) {
    const hpa::Proposal proposal = proposals_[i] = propose(i, now);
    if (proposal.fault != hpa::Fault::none) {
      if (invalid++ == 0) reason = failure_of(params_.metrics[i].source);
      continue;
    }
    if (verdict.replicas != 0 && proposal.replicas <= verdict.replicas) continue;
    verdict.replicas = proposal.replicas;
    verdict.metric = static_cast<std::uint32_t>(i);
  }
  verdict.valid =
      invalid < params_.metrics.size() && (invalid == 0 || verdict.replicas >= scale_->wanted);
  conditions_.scaling_active =
      verdict.valid ? Condition{true, "ValidMetricFound"} : Condition{false, reason};
  return verdict;
}

hpa::Proposal Hpa::propose(std::size_t index, Instant now) const {
  const Metric& metric = params_.metrics[index];
  if (metric.source == Source::unknown || lost_[index]) return {.fault = hpa::Fault::no_metrics};
  if (!is_outside(metric)) {
    const hpa::PodMetric pods = pods_.metric(index, metric.cpu);
    if (metric.type == Target::utilization)
      return hpa::by_utilization(pods, scale_->wanted, static_cast<std::int32_t>(metric.target),
                                 params_.tolerance, params_.readiness, now);
    return hpa::by_pods_average(pods, scale_->wanted, metric.target, params_.tolerance,
                                params_.readiness, now);
  }
  const Total& total = totals_[index];
  if (!total.present || total.taken < oldest(now)) return {.fault = hpa::Fault::no_metrics};
  if (metric.type == Target::value)
    return hpa::by_value(pods_.pods(), scale_->wanted, total.value, metric.target,
                         params_.tolerance);
  return hpa::by_average(scale_->present, total.value, metric.target, params_.tolerance);
}

std::int32_t Hpa::normalized(std::int32_t proposed, Instant now) {
  const std::int32_t current = scale_->wanted;
  hpa::Limited result;
  std::int32_t stable = 0;
  if (params_.behavior) {
    const Behavior& behavior = *params_.behavior;
    stable =
        hpa::stabilized(memory_, current, proposed, behavior.up.window, behavior.down.window, now);
    result =
        hpa::limited(memory_, current, stable, params_.bounds, behavior.up, behavior.down, now);
  } else {
    stable = hpa::stabilized(memory_, proposed, params_.downscale_stabilization, now);
    result = hpa::limited(current, stable, params_.bounds, params_.up_limit);
  }
  const bool held = stable != proposed;
  const bool upwards = params_.behavior && proposed >= current;
  conditions_.able_to_scale = {
      true, !held ? "ReadyForNewScale" : (upwards ? "ScaleUpStabilized" : "ScaleDownStabilized")};
  conditions_.scaling_limited = {result.replicas != stable, result.reason};
  return result.replicas;
}

void Hpa::wish(std::int32_t replicas, std::string_view because, std::uint32_t metric,
               std::vector<Decision>& out) {
  const std::int32_t current = scale_->wanted;
  const bool repeated = wish_.pending && wish_.before == current && wish_.after == replicas;
  wish_ = {true, repeated ? wish_.first : actions_, actions_, current, replicas};
  ++actions_;
  Decision decision{.action = ScaleTo{replicas}, .because = because};
  if (metric != Decision::kNoMetric) {
    const Metric& rule = params_.metrics[metric];
    const hpa::Proposal& found = proposals_[metric];
    const bool percent = rule.type == Target::utilization;
    decision.metric = metric;
    decision.measured =
        percent ? found.utilization / 100.0 : static_cast<double>(found.usage) / 1000;
    decision.limit = static_cast<double>(rule.target) / (percent ? 100 : 1000);
  }
  out.push_back(decision);
}

}  // namespace rehearse::policies
