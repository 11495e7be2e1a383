#include "live/deliberation.hpp"

#include <fmt/format.h>

#include <cmath>

namespace rehearse::live {
namespace {

using namespace policies;

constexpr Duration kLongest = Duration::seconds(366LL * 86400);

bool is_count(std::int32_t value) {
  return value >= 0 && value <= Deliberation::kMostReplicas;
}
bool is_amount(double value) {
  return std::isfinite(value) && std::abs(value) <= Deliberation::kLargest;
}

/// What is wrong with a fact of each kind; null where nothing is.
struct FactCheck {
  Instant now;
  std::span<const MetricNeed> needs;

  const char* past(Instant at) const {
    return at >= Instant::start() && at <= now ? nullptr : "its instant has not been";
  }
  const char* known(std::uint32_t metric) const {
    return metric < needs.size() ? nullptr : "nobody asked for this metric";
  }

  const char* operator()(const MetricSample& s) const {
    if (const char* problem = known(s.metric)) return problem;
    if ((s.instance == kWhole) != (needs[s.metric].scope == MetricNeed::Scope::whole))
      return "the metric was asked for otherwise: of single instances, or of all together";
    if (!is_amount(s.value)) return "its value is no plausible number";
    if (s.window < Duration::zero() || s.window > kLongest) return "its window is not plausible";
    return past(s.taken);
  }
  const char* operator()(const MetricLost& lost) const { return known(lost.metric); }
  const char* operator()(const InstanceStatus& status) const {
    if (status.instance == kWhole) return "it is of no instance";
    const char* started = past(status.started);
    return started != nullptr ? started : past(status.ready_changed);
  }
  const char* operator()(const ResourceRequest& request) const {
    if (const char* problem = known(request.metric)) return problem;
    if (request.instance == kWhole) return "it is of no instance";
    return is_amount(request.value) ? nullptr : "its value is no plausible number";
  }
  const char* operator()(const OutOfMemory& killed) const { return known(killed.metric); }
  const char* operator()(const ReplicaCount& count) const {
    if (!is_count(count.wanted) || !is_count(count.present) ||
        (count.useful != -1 && !is_count(count.useful)))
      return "its count is not plausible";
    return past(count.taken);
  }
  const char* operator()(const PoolCount& count) const {
    return is_count(count.wanted) ? past(count.taken) : "its count is not plausible";
  }
  const char* operator()(const NodeStatus& node) const {
    return is_amount(node.cpu) && is_amount(node.memory) ? nullptr : "its size is not plausible";
  }
  const char* operator()(const PodPlacement& pod) const {
    return is_amount(pod.cpu) && is_amount(pod.memory) ? nullptr : "its size is not plausible";
  }
  const char* operator()(const DisruptionBudget& budget) const {
    return is_count(budget.allowed) ? nullptr : "its count is not plausible";
  }
  const char* operator()(const InstanceGone&) const { return nullptr; }
  const char* operator()(const NodeGone&) const { return nullptr; }
  const char* operator()(const PodGone&) const { return nullptr; }
  const char* operator()(const CallResult&) const { return nullptr; }
  const char* operator()(const HealthResult&) const { return nullptr; }
  const char* operator()(const ActionDone&) const { return nullptr; }
  const char* operator()(const TargetConflict&) const { return nullptr; }
  const char* operator()(const HostRestarted&) const { return nullptr; }
};

/// The instance, host, node or pod that a fact makes known.
struct MadeKnown {
  std::optional<InstanceId> operator()(const MetricSample& s) const {
    return s.instance == kWhole ? std::nullopt : std::optional(s.instance);
  }
  std::optional<InstanceId> operator()(const InstanceStatus& s) const { return s.instance; }
  std::optional<InstanceId> operator()(const ResourceRequest& s) const { return s.instance; }
  std::optional<InstanceId> operator()(const OutOfMemory& s) const { return s.instance; }
  std::optional<InstanceId> operator()(const NodeStatus& s) const { return s.node; }
  std::optional<InstanceId> operator()(const PodPlacement& s) const { return s.pod; }
  std::optional<InstanceId> operator()(const CallResult& s) const { return s.host; }
  std::optional<InstanceId> operator()(const HealthResult& s) const { return s.host; }
  std::optional<InstanceId> operator()(const auto&) const { return std::nullopt; }
};

}  // namespace

Deliberation::Deliberation(const Controller& prototype, const GuardRails::Params& guards)
    : controller_(prototype.clone()), guards_(guards, controller_->needs()) {}

std::string Deliberation::problem_of(Instant now, const Observation& seen) const {
  if (const char* problem = std::visit(FactCheck{now, controller_->needs()}, seen)) return problem;
  const auto known = std::visit(MadeKnown{}, seen);
  if (known && instances_.size() >= kMostInstances && !instances_.contains(*known))
    return fmt::format("there are more than {} instances", kMostInstances);
  return {};
}

void Deliberation::observe(Instant now, const Observation& seen, std::vector<Judged>& out) {
  REHEARSE_ASSERT(now >= Instant::start() && now <= kEnd);
  if (const auto known = std::visit(MadeKnown{}, seen)) instances_.insert(*known);
  if (const auto* gone = std::get_if<InstanceGone>(&seen)) instances_.erase(gone->instance);
  if (const auto* gone = std::get_if<NodeGone>(&seen)) instances_.erase(gone->node);
  if (const auto* gone = std::get_if<PodGone>(&seen)) instances_.erase(gone->pod);
  guards_.observe(seen);
  controller_->observe(now, seen, wishes_);
  judge(now, out);
}

void Deliberation::wake(Instant now, std::vector<Judged>& out) {
  REHEARSE_ASSERT(now >= Instant::start() && now <= kEnd);
  controller_->wake(now, wishes_);
  judge(now, out);
}

void Deliberation::judge(Instant now, std::vector<Judged>& out) {
  for (const Decision& wish : wishes_) {
    const std::int32_t from = guards_.wanted().value_or(-1);
    out.push_back({wish, actions_++, from, guards_.judge(now, wish)});
  }
  wishes_.clear();
}

}  // namespace rehearse::live
