#include <limits>

#include "experiments/reduction.hpp"

/// What faults did, over all trials, and what happened to the platform in the first one, and what
/// policies decided there; and what the guards of calls did.

namespace rehearse::experiments {
namespace {

constexpr double kNotSeen = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void Reduction::add_faults(models::TrialRecord& record) {
  if (trials_ == 0) {
    log_ = std::move(record.log);
    log_left_out_ = record.log_left_out;
    decisions_ = std::move(record.decisions);
    decisions_left_out_ = record.decisions_left_out;
  }
  record.decisions.clear();
  record.log.clear();  // records of later trials may wait for the warm-up
  guards_.resize(record.guards.size());
  for (std::size_t i = 0; i < guards_.size(); ++i) guards_[i] += record.guards[i];
  faults_.resize(record.faults.size());
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const models::FaultRecord& one = record.faults[i];
    if (one.began == Instant::never()) continue;
    FaultData& sum = faults_[i];
    ++sum.trials;
    sum.began_sum += one.began.to_seconds();
    sum.touched += static_cast<double>(one.touched);
    if (one.ended == Instant::never()) continue;
    ++sum.ended;
    sum.ended_sum += one.ended.to_seconds();
  }
}

void Reduction::write_faults(reports::RunResult& result) const {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const spec::FaultPlan& plan = scenario_.blueprint.faults[i].plan;
    const FaultData& sum = faults_[i];
    reports::FaultResult fault;
    fault.id = plan.id;
    fault.kind = spec::doc_of(plan.kind).name;
    fault.trials = sum.trials;
    fault.began = sum.trials > 0 ? sum.began_sum / sum.trials : kNotSeen;
    fault.ended = sum.ended > 0 ? sum.ended_sum / sum.ended : kNotSeen;
    fault.touched = sum.trials > 0 ? sum.touched / sum.trials : kNotSeen;
    fault.took_effect = sum.touched > 0;
    result.faults.push_back(fault);
  }
  for (const models::PlatformEvent& event : log_) {
    const bool single = event.instance != models::kNone;
    result.timeline.push_back({event.at.to_seconds(), event.what, event.subject,
                               single ? static_cast<int>(event.instance) : -1, event.detail});
  }
  result.timeline_left_out = log_left_out_;
}

void Reduction::write_guards(reports::RunResult& result) const {
  for (std::size_t i = 0; i < guards_.size(); ++i) {
    const models::GuardSpec& spec = scenario_.blueprint.plans.guards[i];
    const models::GuardRecord& sum = guards_[i];
    const auto mean = [&](std::uint64_t count) {
      return static_cast<double>(count) / static_cast<double>(trials_);
    };
    result.guards.push_back({spec.caller, spec.callee, mean(sum.attempts), mean(sum.throttled),
                             mean(sum.broken), mean(sum.bulkhead_full), mean(sum.opened),
                             mean(sum.retries), mean(sum.retries_denied), mean(sum.hedges),
                             mean(sum.hedges_won)});
  }
}

void Reduction::write_decisions(reports::RunResult& result) const {
  for (const models::PolicyDecision& decision : decisions_) {
    const models::PolicySpec& policy = scenario_.blueprint.policies[decision.policy];
    reports::DecisionEntry entry;
    entry.at = decision.at.to_seconds();
    entry.policy = policy.name;
    entry.kind = policy.kind;
    entry.subject = decision.subject;
    entry.from = decision.from;
    entry.to = decision.to;
    entry.because = decision.because;
    if (decision.metric != policies::Decision::kNoMetric) {
      entry.metric = policy.controller->needs()[decision.metric].name;
      entry.measured = decision.measured;
      entry.limit = decision.limit;
    }
    entry.outcome = models::outcome_name(decision.outcome);
    entry.ruling = decision.ruling;
    entry.settled = decision.settled == Instant::never() ? kNotSeen : decision.settled.to_seconds();
    result.decisions.push_back(std::move(entry));
  }
  result.decisions_left_out = decisions_left_out_;
}

}  // namespace rehearse::experiments
