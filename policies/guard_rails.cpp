#include "policies/guard_rails.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"

namespace rehearse::policies {
namespace {

std::string age_text(Duration age) {
  return format_duration(age.to_seconds(), 3);
}

}  // namespace

std::string_view verdict_name(GuardRails::Verdict verdict) {
  constexpr std::string_view kNames[] = {"allowed", "limited", "vetoed"};
  return kNames[static_cast<std::size_t>(verdict)];
}

GuardRails::GuardRails(const Params& params, std::span<const MetricNeed> needs)
    : params_(params),
      needs_(needs.begin(), needs.end()),
      whole_(needs.size()),
      single_(needs.size()) {
  REHEARSE_ASSERT(params.most_at_once >= 1 && params.changes >= 1);
  REHEARSE_ASSERT(params.within > Duration::zero());
}

std::optional<std::int32_t> GuardRails::wanted() const {
  if (!count_) return std::nullopt;
  return count_->wanted;
}

void GuardRails::observe(const Observation& seen) {
  if (const auto* count = std::get_if<ReplicaCount>(&seen)) {
    count_ = *count;
  } else if (const auto* gone = std::get_if<InstanceGone>(&seen)) {
    for (auto& of : single_) of.erase(gone->instance);
  } else if (const auto* sample = std::get_if<MetricSample>(&seen)) {
    if (sample->metric >= needs_.size()) return;
    if (sample->instance == kWhole)
      whole_[sample->metric] = sample->taken;
    else
      single_[sample->metric][sample->instance] = sample->taken;
  }
}

bool GuardRails::fresh(Instant now, Instant taken) const {
  return now - taken <= params_.stale_after;
}

std::string GuardRails::stale_count(Instant now) const {
  if (!count_) return "it is not known how many instances there are";
  if (fresh(now, count_->taken)) return {};
  return fmt::format("how many instances there are was last known {} ago",
                     age_text(now - count_->taken));
}

std::string GuardRails::stale_figure(Instant now, std::uint32_t metric, bool shrinks) const {
  const std::string& name = needs_[metric].name;
  if (needs_[metric].scope == MetricNeed::Scope::whole) {
    const auto& taken = whole_[metric];
    if (!taken) return fmt::format("'{}' has not been seen", name);
    if (fresh(now, *taken)) return {};
    return fmt::format("'{}' was last seen {} ago", name, age_text(now - *taken));
  }
  const auto seen = std::count_if(single_[metric].begin(), single_[metric].end(),
                                  [&](const auto& one) { return fresh(now, one.second); });
  const std::int64_t least = shrinks ? std::max(1, (count_->present + 1) / 2) : 1;
  if (seen >= least) return {};
  return fmt::format("'{}' has lately been seen of {} of {} instances", name, seen,
                     count_->present);
}

std::string GuardRails::stale_figures(Instant now, const Decision& wish, bool shrinks) const {
  if (!shrinks) return wish.metric < needs_.size() ? stale_figure(now, wish.metric, false) : "";
  for (std::uint32_t metric = 0; metric < needs_.size(); ++metric)
    if (std::string stale = stale_figure(now, metric, true); !stale.empty()) return stale;
  return {};
}

std::string GuardRails::too_many_changes(Instant now) {
  while (!changes_.empty() && now - changes_.front() >= params_.within) changes_.pop_front();
  if (static_cast<std::int64_t>(changes_.size()) >= params_.changes)
    return fmt::format("there have been {} changes within {}", changes_.size(),
                       age_text(params_.within));
  if (last_ && now - *last_ < params_.spacing)
    return fmt::format("the last change was {} ago, and they are to be {} apart",
                       age_text(now - *last_), age_text(params_.spacing));
  return {};
}

// How far a wish may go, in its own direction.
GuardRails::Ruling GuardRails::within_limits(std::int32_t to) const {
  const std::int64_t current = count_->wanted;
  const std::int64_t most = params_.most_at_once;
  std::int64_t allowed = to;
  std::string because;
  if (to < current && allowed < params_.floor) {
    allowed = params_.floor;
    because = fmt::format("the floor is {}", params_.floor);
  }
  if (to > current && allowed > params_.ceiling) {
    allowed = params_.ceiling;
    because = fmt::format("the ceiling is {}", params_.ceiling);
  }
  const bool nothing_left = to < current ? allowed >= current : allowed <= current;
  if (to != current && nothing_left) return {Verdict::vetoed, 0, because};
  if (allowed < current - most || allowed > current + most) {
    allowed = allowed < current ? current - most : current + most;
    because = fmt::format("no more than {} at once", most);
  }
  return {because.empty() ? Verdict::allowed : Verdict::limited, static_cast<std::int32_t>(allowed),
          because};
}

GuardRails::Ruling GuardRails::judge(Instant now, const Decision& wish) {
  const auto veto = [](std::string because) {
    return Ruling{Verdict::vetoed, 0, std::move(because)};
  };
  const auto* scale = std::get_if<ScaleTo>(&wish.action);
  if (scale == nullptr) return veto("only counts of instances can be changed");
  if (std::string stale = stale_count(now); !stale.empty()) return veto(std::move(stale));
  const bool shrinks = scale->replicas < count_->wanted;
  if (shrinks && count_->present == 0)
    return veto(fmt::format("none of {} instances can be seen: that is no reason to stop any",
                            count_->wanted));
  if (std::string stale = stale_figures(now, wish, shrinks); !stale.empty())
    return veto(std::move(stale));
  Ruling ruling = within_limits(scale->replicas);
  if (ruling.verdict == Verdict::vetoed) return ruling;
  if (std::string many = too_many_changes(now); !many.empty()) return veto(std::move(many));
  changes_.push_back(now);
  last_ = now;
  return ruling;
}

}  // namespace rehearse::policies
